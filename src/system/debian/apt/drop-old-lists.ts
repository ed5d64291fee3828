import type { Folder } from '../../../host/folder.ts';
import type { Root } from '../../../host/root.ts';
import { aptFolder, listsStampName } from './apt-root.ts';

/** By then mirrors have newer ones, and whatever is looked for takes those. */
const longestSeconds = 7 * 24 * 3600;

/**
 * Removes apt's private roots whose lists are old, or not whole: what is locked needs none, and they
 * are as large as many packages. Callers hold genctl's lock.
 *
 * @returns the bytes that this frees
 */
export function dropOldLists(root: Root): number {
  using folder = root.folderIfThere(aptFolder);
  if (folder === undefined) return 0;
  let freedBytes = 0;
  for (const name of folder.names()) {
    if (folder.stat(name)?.kind !== 'folder') continue;
    if (listsAgeSeconds(folder, name) > longestSeconds) freedBytes += folder.removeTree(name);
  }
  return freedBytes;
}

function listsAgeSeconds(folder: Folder, name: string): number {
  using aptRoot = folder.openIfThere(name);
  const stamp = aptRoot?.stat(listsStampName);
  // A clock that was wrong may have put it into the future.
  return stamp === undefined
    ? Number.POSITIVE_INFINITY
    : Math.abs(Date.now() / 1000 - stamp.mtimeSeconds);
}
