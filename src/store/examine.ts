import { type Finding, GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import { effectiveCapabilities } from '../host/processes.ts';
import { damaged, missing } from './damage.ts';
import type { LocalFolders } from './local-folders.ts';
import { narInfoName } from './narinfo.ts';
import { oddFiles } from './odd-files.ts';
import { describeDifference, differences } from './os-tree/difference.ts';
import { filesSizeBytes } from './os-tree/listing.ts';
import type { OsTreeEntry } from './os-tree/os-tree-entry.ts';
import { readOsTree } from './os-tree/read-os-tree.ts';
import { recordedEntries } from './os-tree/recorded-os-tree.ts';
import type { OsTreePathInfo } from './store.ts';
import { baseNameOf, type StorePath } from './store-path.ts';

/** Root's rights to read what is whose ever (capabilities(7)). */
const dacOverride = 1n << 1n;
const dacReadSearch = 1n << 2n;

/** Something that is wrong with a path. */
export interface Flaw {
  finding: Finding;
  /**
   * What can be set right by what is there: what is `recorded` of the path, from its content; or
   * the metadata of its `files`, which all stores have alike, or a tree's listing tells.
   */
  part: 'recorded' | 'files' | undefined;
}

/**
 * Reads all of a path and compares. Both verifying and mending ask here, so that what the one
 * names the other mends, or names as well.
 *
 * @returns the gravest flaw; undefined where there is none
 */
export async function flawOf(folders: LocalFolders, path: StorePath): Promise<Flaw | undefined> {
  const flaw = folders.store && (await flawOrUnreadable(folders, folders.store, path));
  // A collector may have taken it away while we looked.
  const isInPlace = folders.store?.stat(baseNameOf(path)) !== undefined;
  return isInPlace ? flaw : { finding: missing(path), part: undefined };
}

/** We cannot look, as we lack a program or a right: that says nothing about a path. */
const isOurs = ['PROGRAM_MISSING', 'NOT_ROOT'];

/** What does not let itself be read, on a disk that fails say, is damage of this path alone. */
async function flawOrUnreadable(
  folders: LocalFolders,
  store: Folder,
  path: StorePath,
): Promise<Flaw | undefined> {
  try {
    return await flawInPlace(folders, store, path);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError) || isOurs.includes(thrown.code)) throw thrown;
    return { finding: damaged(path, thrown.message), part: undefined };
  }
}

async function flawInPlace(
  folders: LocalFolders,
  store: Folder,
  path: StorePath,
): Promise<Flaw | undefined> {
  const looked = folders.look(path);
  if (looked === undefined) return undefined;
  if ('code' in looked) {
    // A newer genctl's record is nobody's to write over.
    return { finding: looked, part: looked.code === 'NARINFO_NEWER' ? undefined : 'recorded' };
  }
  if (looked.info.kind === 'os-tree') return await osTreeFlaw(folders, store, looked.info);
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

async function osTreeFlaw(
  folders: LocalFolders,
  store: Folder,
  info: OsTreePathInfo,
): Promise<Flaw | undefined> {
  const { path, sizeBytes } = info;
  if ((effectiveCapabilities() & (dacOverride | dacReadSearch)) === 0n) {
    throw new GenctlError(
      'NOT_ROOT',
      `cannot verify ${path}: an operating-system tree has files that only root can read`,
      { hint: 'Run genctl as root.' },
    );
  }
  const entries = ifRecorded(folders, info);
  if ('code' in entries) return { finding: entries, part: 'recorded' };
  if (filesSizeBytes(entries) !== sizeBytes) {
    const reason = `${narInfoName(path)} has ${sizeBytes} for its X-Genctl-TreeSize, and its files have ${filesSizeBytes(entries)}`;
    return { finding: damaged(path, reason, 'NARINFO_INVALID'), part: 'recorded' };
  }
  const all = [...differences(entries, await readOsTree(store, baseNameOf(path)))];
  const [first] = [...all.filter(each => !each.isMendable), ...all];
  if (first === undefined) return undefined;
  const more = all.length === 1 ? '' : `; ${all.length} files differ in all`;
  const reason = `${describeDifference(first)}${more}`;
  return first.isMendable
    ? { finding: damaged(path, reason, 'STORE_METADATA_ODD'), part: 'files' }
    : { finding: damaged(path, reason), part: undefined };
}

/** What is recorded of a tree's content, or that it cannot be read. */
function ifRecorded(folders: LocalFolders, info: OsTreePathInfo): OsTreeEntry[] | Finding {
  try {
    return recordedEntries(folders, info);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError) || thrown.code !== 'OS_TREE_LISTING_INVALID') throw thrown;
    return damaged(info.path, thrown.message, thrown.code);
  }
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
