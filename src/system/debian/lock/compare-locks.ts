import type { Lock } from './lock.ts';

/** A package that is another one, or none, in one of two locks. */
export interface PackageChange {
  name: string;
  /** Undefined where the first lock has none of that name. */
  before: string | undefined;
  /** Undefined where the second lock has none of that name. */
  after: string | undefined;
}

/**
 * What differs between two locks, by name: versions, and packages whose bytes are others at the
 * same version. Pure.
 */
export function compareLocks(before: Lock | undefined, after: Lock): PackageChange[] {
  const old = new Map((before?.packages ?? []).map(found => [found.name, found]));
  const now = new Map(after.packages.map(found => [found.name, found]));
  return [...new Set([...old.keys(), ...now.keys()])]
    .toSorted()
    .filter(name => old.get(name)?.sha256 !== now.get(name)?.sha256)
    .map(name => ({ name, before: old.get(name)?.version, after: now.get(name)?.version }));
}
