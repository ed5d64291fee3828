import { formatBytes } from '../../bytes.ts';
import { nameOf, type Profile } from '../../generations/generation.ts';
import { entryName } from '../entry-name.ts';
import { type EntryKey, sameKey } from '../menu.ts';
import type { AdoptedEntry, Adoption } from './adopted-ledger.ts';
import type { LeftFile } from './read-entries.ts';

/**
 * What becomes of the files that are taken over: a line for each entry, one for their kernels.
 *
 * @param shown what the menu has entries of genctl's for, once all is done
 */
export function sayAdoption(
  { entries, blobs }: Adoption,
  profiles: readonly Profile[],
  shown: readonly EntryKey[],
): string[] {
  const lines = entries.map(
    entry =>
      `${entry.path.slice(entry.path.lastIndexOf('/') + 1)}: ${fateOf(entry, profiles, shown)}`,
  );
  if (blobs.length === 0) return lines;
  const sizeBytes = blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0);
  return [
    ...lines,
    `${blobs.length} kernels, initrds and device trees of theirs, ${formatBytes(sizeBytes)}: removed once no entry needs them`,
  ];
}

/** A line for each file that stays whose it is. */
export function sayLeft(left: readonly LeftFile[]): string[] {
  return left.map(({ path, reason }) => `${path}: left alone, ${reason}`);
}

function fateOf(
  { key }: AdoptedEntry,
  profiles: readonly Profile[],
  shown: readonly EntryKey[],
): string {
  const unreadable = profiles
    .flatMap(({ generations }) => generations)
    .filter(({ system }) => 'finding' in system);
  if (key === undefined) {
    const [first] = unreadable;
    // It may be a specialisation of one that cannot be read, and so nobody can tell.
    return first === undefined
      ? 'its system is gone: removed'
      : `its system is in no profile, but ${nameOf(first)} cannot be read: stays until it can`;
  }
  const isUnreadable = unreadable.some(
    ({ profile, number }) => profile === key.profile && number === key.number,
  );
  if (isUnreadable) return `${entryName(key)}, which cannot be read: stays as it is`;
  return shown.some(each => sameKey(each, key))
    ? `${entryName(key)}, replaced by an entry of genctl's`
    : `${entryName(key)}, which the menu does not show any more: removed`;
}
