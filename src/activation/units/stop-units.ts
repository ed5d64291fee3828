import type { Finding } from '../../errors.ts';
import type { StopUnits } from '../../transaction/step.ts';
import { readUnitStates } from './read-unit-states.ts';
import { changeUnits, resetFailed } from './service-manager.ts';
import { complaintAbout } from './unit-findings.ts';
import { byName, goesOn, type LoadedUnits } from './unit-runs.ts';

/**
 * Stops runs of units that still go on; a run that has no number is whichever goes on. A unit that has ended since, or has been started anew, is
 * left alone, so that it can be done again after a crash.
 *
 * @returns a finding for each run that does not end
 * @throws GenctlError PROGRAM_FAILED where systemd does not answer
 */
export async function stopUnits({ runs }: StopUnits): Promise<Finding[]> {
  const goingOn = (units: LoadedUnits): string[] =>
    runs.filter(run => goesOn(run, units.get(run.unit))).map(({ unit }) => unit);
  const before = byName(await readUnitStates());
  // New units that have failed are forgotten: their files go.
  await resetFailed(
    runs.flatMap(({ unit, invocationId }) =>
      invocationId === undefined && before.get(unit)?.active === 'failed' ? [unit] : [],
    ),
  );
  const units = goingOn(before);
  if (units.length === 0) return [];
  const complaints = await changeUnits('stop', units);
  const left = goingOn(byName(await readUnitStates()));
  return left.map(unit => ({
    code: 'UNIT_NOT_STOPPED',
    subject: unit,
    reason: complaintAbout(unit, complaints) ?? 'it was stopped, and runs all the same',
  }));
}
