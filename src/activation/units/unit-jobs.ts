import { setTimeout as pause } from 'node:timers/promises';
import type { Finding } from '../../errors.ts';
import type { Provision, UnitRun } from '../../transaction/step.ts';
import { provide } from './provide.ts';
import { readUnitStates } from './read-unit-states.ts';
import {
  applyPreset,
  changeUnits,
  reexecuteManager,
  reloadManager,
  resetFailed,
} from './service-manager.ts';
import { unitFindings } from './unit-findings.ts';
import { byName, isUp, type LoadedUnits } from './unit-runs.ts';

/** What is to be done with units once `/etc` has changed, in the order in which it is done. */
export interface UnitJobs {
  reexecute: boolean;
  provide: readonly Provision[];
  preset: readonly string[];
  /** Stopped so that they can start in the right order. */
  stop: readonly string[];
  /** One that is not up any more is started. */
  reload: readonly string[];
  restart: readonly string[];
  start: readonly string[];
}

/** What has to be true afterwards, whether there was anything left to do for it or not. */
export interface UnitGoal {
  started: readonly string[];
  ended: readonly UnitRun[];
}

/**
 * How long units are left alone before they are judged: many a program fails soon after its start,
 * and systemd has said by then that it has started.
 */
export const usualSettleMilliseconds = 1000;

/**
 * Lets systemd read the unit files as they are now, and does jobs. One that fails holds up no
 * other: what did not go well is found by looking at all units before and after.
 *
 * @throws GenctlError PROGRAM_FAILED where systemd does not answer, or cannot read its files
 */
export async function doUnitJobs(
  jobs: UnitJobs,
  goal: UnitGoal,
  before: LoadedUnits,
  settleMilliseconds: number,
): Promise<Finding[]> {
  const down = jobs.reload.filter(unit => !isUp(before.get(unit)));
  const reload = jobs.reload.filter(unit => !down.includes(unit));
  const start = [...down, ...jobs.start];
  const complaints: string[] = [];
  if (jobs.reexecute) await reexecuteManager();
  const asked = new Set([...goal.ended.map(({ unit }) => unit), ...goal.started, ...start]);
  await resetFailed([...asked].filter(unit => before.get(unit)?.active === 'failed'));
  for (const unit of jobs.preset) complaints.push(...(await applyPreset(unit)));
  await reloadManager();
  const notProvided = await provide(jobs.provide);
  complaints.push(
    ...(await changeUnits('stop', jobs.stop)),
    ...(await changeUnits('reload', reload)),
    ...(await changeUnits('restart', jobs.restart)),
    ...(await changeUnits('start', start)),
  );
  if (jobs.restart.length + start.length > 0) await pause(settleMilliseconds);
  const after = byName(await readUnitStates());
  const findings = unitFindings({
    before,
    after,
    started: [...goal.started, ...down],
    ended: goal.ended,
    reloaded: reload,
    preset: jobs.preset,
    complaints,
  });
  return [...notProvided, ...findings];
}
