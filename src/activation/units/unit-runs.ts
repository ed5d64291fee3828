import type { UnitRun } from '../../transaction/step.ts';
import type { ObservedUnit } from './observed-unit.ts';

/** Loaded units by each of their names. One that is not there does not run. */
export type LoadedUnits = ReadonlyMap<string, ObservedUnit>;

export function byName(units: readonly ObservedUnit[]): LoadedUnits {
  return new Map(units.flatMap(unit => unit.names.map(name => [name, unit] as const)));
}

/** Whether a unit is up or on its way there. */
export function isUp(unit: ObservedUnit | undefined): boolean {
  return unit !== undefined && hasNotEnded(unit) && unit.active !== 'deactivating';
}

/** Whether this run still goes on, its end included. */
export function goesOn({ invocationId }: UnitRun, unit: ObservedUnit | undefined): boolean {
  if (unit === undefined || !hasNotEnded(unit)) return false;
  return invocationId === undefined || invocationId === unit.invocationId;
}

/** Whether the unit has been started again since this run, be it with success or not. */
export function isFollowed({ invocationId }: UnitRun, unit: ObservedUnit | undefined): boolean {
  if (invocationId === undefined || unit?.invocationId === undefined) return false;
  return invocationId !== unit.invocationId;
}

function hasNotEnded({ active }: ObservedUnit): boolean {
  return active !== 'inactive' && active !== 'failed';
}
