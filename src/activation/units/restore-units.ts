import type { Finding } from '../../errors.ts';
import type { RestoreUnits, UnitRun } from '../../transaction/step.ts';
import { readUnitStates } from './read-unit-states.ts';
import { doUnitJobs, usualSettleMilliseconds } from './unit-jobs.ts';
import { byName, goesOn, isUp, type LoadedUnits } from './unit-runs.ts';

/**
 * Lets units run by the definitions that `/etc` has again. A run that was never ended goes on.
 *
 * @returns a finding for each unit that failed, or that runs by another definition
 * @throws GenctlError PROGRAM_FAILED where systemd does not answer, or cannot read its files
 */
export async function restoreUnits(
  step: RestoreUnits,
  settleMilliseconds = usualSettleMilliseconds,
): Promise<Finding[]> {
  const before = byName(await readUnitStates());
  const again = step.runs.filter(run => !isUntouched(run, before)).map(({ unit }) => unit);
  const start = again.filter(unit => !isUp(before.get(unit)) || isActivation(unit, again, before));
  return await doUnitJobs(
    {
      reexecute: step.reexecute,
      // Accounts and files that were made stay: something may be theirs by now.
      provide: [],
      preset: step.preset,
      stop: start.filter(unit => isUp(before.get(unit))),
      reload: step.reload,
      restart: again.filter(unit => !start.includes(unit)),
      start,
    },
    { started: again, ended: [] },
    before,
    settleMilliseconds,
  );
}

/** Whether the very run goes on that did when the plan was made. */
function isUntouched(run: UnitRun, units: LoadedUnits): boolean {
  const unit = units.get(run.unit);
  return run.invocationId !== undefined && isUp(unit) && goesOn(run, unit);
}

/**
 * Whether a unit is a socket, or the service of one that is to run again: such a service must not
 * run when its socket starts.
 */
function isActivation(unit: string, again: readonly string[], units: LoadedUnits): boolean {
  if (unit.endsWith('.socket')) return true;
  const sockets = units.get(unit)?.triggeredBy.filter(name => name.endsWith('.socket')) ?? [];
  return sockets.some(socket => again.includes(socket));
}
