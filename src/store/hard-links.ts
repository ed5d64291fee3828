import { GenctlError } from '../errors.ts';
import type { Folder, Name } from '../host/folder.ts';

/** What cannot have another name, here or at all: it stays a file of its own. */
const cannotLink = [
  'LINKS_EXHAUSTED',
  'NO_SPACE',
  'FILE_MISSING',
  'FILE_EXISTS',
  'OTHER_FILE_SYSTEM',
];

/** Gives a file a second name; false where it cannot have one, or something has that name. */
export function linkWherePossible(source: Folder, from: Name, target: Folder, name: Name): boolean {
  try {
    target.makeHardLink(source, from, name);
    return true;
  } catch (thrown) {
    if (thrown instanceof GenctlError && cannotLink.includes(thrown.code)) return false;
    throw thrown;
  }
}

/**
 * Removes the files of a folder that have no other name.
 *
 * @returns the bytes that this frees
 */
export function removeUnshared(pool: Folder): number {
  let freedBytes = 0;
  for (const name of pool.namesUnsorted()) {
    if (pool.stat(name)?.links === 1) freedBytes += pool.removeTree(name);
  }
  return freedBytes;
}
