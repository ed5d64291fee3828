import { printableLine } from '../../printable.ts';
import type { UnitChanges } from './unit-changes.ts';

/** How the lines about what is done to units begin. */
interface Wording {
  stop: string;
  leave: string;
  reexecute: string;
  preset: string;
  reload: string;
  restart: string;
  start: string;
}

const would: Wording = {
  stop: 'would stop the following units',
  leave: 'would leave as it is',
  reexecute: 'would execute systemd anew',
  preset: 'would enable or disable, as the presets say, the following units',
  reload: 'would reload the following units',
  restart: 'would restart the following units',
  start: 'would start the following units',
};

const doing: Wording = {
  stop: 'stopping the following units',
  leave: 'leaving as it is',
  reexecute: 'executing systemd anew',
  preset: 'enabling or disabling, as the presets say, the following units',
  reload: 'reloading the following units',
  restart: 'restarting the following units',
  start: 'starting the following units',
};

/** What would become of units, one line for each kind of change, in the order it would be done. */
export function describeUnitChanges(changes: UnitChanges): string[] {
  return lines(changes, would);
}

/** The same as it is done. */
export function announceUnitChanges(changes: UnitChanges): string[] {
  return lines(changes, doing);
}

function lines(changes: UnitChanges, wording: Wording): string[] {
  return [
    ...listed(wording.stop, changes.stop),
    ...changes.left.map(({ unit, reason }) => `${wording.leave}: ${unit}, because ${reason}`),
    ...(changes.reexecute ? [wording.reexecute] : []),
    ...listed(wording.preset, changes.preset),
    ...listed(wording.reload, changes.reload),
    ...listed(wording.restart, changes.restart),
    ...listed(wording.start, changes.start),
  ].map(printableLine);
}

function listed(beginning: string, units: readonly string[]): string[] {
  return units.length === 0 ? [] : [`${beginning}: ${units.join(', ')}`];
}
