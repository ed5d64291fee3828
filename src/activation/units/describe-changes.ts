import { printableLine } from '../../printable.ts';
import type { UnitChanges } from './unit-changes.ts';

/**
 * What would become of units, one line for each kind of change, in the order it would be done.
 * Those that are left as they are have findings of their own.
 */
export function describeUnitChanges(changes: UnitChanges): string[] {
  return [
    ...listed('stop', changes.stop),
    ...(changes.reexecute ? ['would execute systemd anew'] : []),
    ...changes.provide.map(
      ({ program, files }) => `would make what ${files.join(', ')} declares, by ${program}`,
    ),
    ...listed('enable or disable, as the presets say,', changes.preset),
    ...listed('reload', changes.reload),
    ...listed('restart', changes.restart),
    ...listed('start', changes.start),
  ].map(printableLine);
}

function listed(deed: string, units: readonly string[]): string[] {
  return units.length === 0 ? [] : [`would ${deed} the following units: ${units.join(', ')}`];
}
