import { type Finding, GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import { damaged, missing } from './damage.ts';
import type { LocalFolders } from './local-folders.ts';
import { narInfoName } from './narinfo.ts';
import { oddFiles } from './odd-files.ts';
import { baseNameOf, type StorePath } from './store-path.ts';

/** Something that is wrong with a path. */
export interface Flaw {
  finding: Finding;
  /**
   * What can be set right by what is there: what is `recorded` of the path, from its content; or
   * the metadata of its `files`, which all stores have alike.
   */
  part: 'recorded' | 'files' | undefined;
}

/**
 * Reads all of a path and compares. Both verifying and mending ask here, so that what the one
 * names the other mends, or names as well.
 *
 * @returns the gravest flaw; undefined where there is none
 */
export function flawOf(folders: LocalFolders, path: StorePath): Flaw | undefined {
  const flaw = folders.store && flawOrUnreadable(folders, folders.store, path);
  // A collector may have taken it away while we looked.
  const isInPlace = folders.store?.stat(baseNameOf(path)) !== undefined;
  return isInPlace ? flaw : { finding: missing(path), part: undefined };
}

/** What does not let itself be read, on a disk that fails say, is damage of this path alone. */
function flawOrUnreadable(folders: LocalFolders, store: Folder, path: StorePath): Flaw | undefined {
  try {
    return flawInPlace(folders, store, path);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { finding: damaged(path, thrown.message), part: undefined };
  }
}

function flawInPlace(folders: LocalFolders, store: Folder, path: StorePath): Flaw | undefined {
  const looked = folders.look(path);
  if (looked === undefined) return undefined;
  if ('code' in looked) {
    // A newer genctl's record is nobody's to write over.
    return { finding: looked, part: looked.code === 'NARINFO_NEWER' ? undefined : 'recorded' };
  }
  const found = folders.read(path, []);
  const { narHash, narSizeBytes } = looked.info;
  if (!found.narSha256.equals(narHash)) return { finding: changedContent(path), part: undefined };
  if (found.narSizeBytes !== narSizeBytes) {
    const reason = `${narInfoName(path)} has ${narSizeBytes} for its NarSize, and it is ${found.narSizeBytes}`;
    return { finding: damaged(path, reason, 'NARINFO_INVALID'), part: 'recorded' };
  }
  let count = 0;
  for (const _ of oddFiles(store, baseNameOf(path))) count++;
  return count === 0 ? undefined : { finding: oddMetadata(path, count), part: 'files' };
}

function changedContent(path: StorePath): Finding {
  return damaged(
    path,
    'its content is not what was added; which of its files differs is not known, as only the hash of the whole is',
  );
}

function oddMetadata(path: StorePath, count: number): Finding {
  return damaged(
    path,
    `${count} of its files ha${count === 1 ? 's' : 've'} an owner, mode or time that is not the store's`,
    'STORE_METADATA_ODD',
  );
}
