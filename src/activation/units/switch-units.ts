import type { Finding } from '../../errors.ts';
import type { SwitchUnits } from '../../transaction/step.ts';
import { readUnitStates } from './read-unit-states.ts';
import { doUnitJobs, usualSettleMilliseconds } from './unit-jobs.ts';
import { byName, isFollowed, isUp } from './unit-runs.ts';

/**
 * Lets units follow the `/etc` that was applied. Done again after a crash, it ends and starts
 * nothing that has been ended or started already; systemd reads its files once more, which
 * changes nothing.
 *
 * @returns a finding for each unit that failed, or that runs by its old definition
 * @throws GenctlError PROGRAM_FAILED where systemd does not answer, or cannot read its files
 */
export async function switchUnits(
  step: SwitchUnits,
  settleMilliseconds = usualSettleMilliseconds,
): Promise<Finding[]> {
  const before = byName(await readUnitStates());
  const stopped = new Map(step.stopped.map(run => [run.unit, run]));
  const isDue = (name: string): boolean => {
    // A target that is up starts what it has come to want.
    if (name.endsWith('.target')) return true;
    const run = stopped.get(name);
    const unit = before.get(name);
    return !isUp(unit) && (run === undefined || !isFollowed(run, unit));
  };
  const restart = step.restart.filter(run => !isFollowed(run, before.get(run.unit)));
  return await doUnitJobs(
    {
      reexecute: step.reexecute,
      provide: step.provide ?? [],
      preset: step.preset,
      stop: [],
      reload: step.reload,
      restart: restart.map(({ unit }) => unit),
      start: step.start.filter(isDue),
    },
    {
      started: [...step.restart.map(({ unit }) => unit), ...step.start],
      ended: [...step.stopped, ...step.restart],
    },
    before,
    settleMilliseconds,
  );
}
