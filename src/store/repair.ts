import { type Finding, GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import { type Address, narInfoOf, readNar } from './address.ts';
import { type Flaw, flawOf } from './examine.ts';
import type { LocalFolders } from './local-folders.ts';
import { narOf } from './nar.ts';
import type { NarInfo } from './narinfo.ts';
import { makeCanonical, oddFiles } from './odd-files.ts';
import { differences } from './os-tree/difference.ts';
import { osTreePath, parseListing, renderListing, treeHashOf } from './os-tree/listing.ts';
import { mendOsTree } from './os-tree/mend-os-tree.ts';
import { readOsTree } from './os-tree/read-os-tree.ts';
import { osTreeInfo, recordedEntries } from './os-tree/recorded-os-tree.ts';
import type { Repair } from './store.ts';
import { baseNameOf, hashPartOf, nameOf, type StorePath, sourcePath } from './store-path.ts';
import { copyOf } from './tree.ts';

/** What can be known of a path from what it holds. */
export interface Recorded {
  narInfo: NarInfo;
  /** Of an operating-system tree. */
  listing?: Buffer | undefined;
}

/** What a file system says where it does not let something be mended. */
const cannotMend = ['NOT_ALLOWED', 'IS_A_FOLDER', 'IO_ERROR', 'FILE_KIND_UNSUPPORTED'];

/**
 * Verifies a path of a local store, and mends of it what it holds the truth about itself. What is
 * said to be mended has been read again.
 *
 * @param record writes what is known of the path, durable at once
 */
export async function repairPath(
  folders: LocalFolders,
  path: StorePath,
  record: (recorded: Recorded) => void,
): Promise<Repair> {
  const mended = new Set<Flaw['part']>();
  let first: Finding | undefined;
  for (;;) {
    const flaw = await flawOf(folders, path);
    if (flaw === undefined) {
      return first === undefined ? { outcome: 'sound' } : { outcome: 'mended', finding: first };
    }
    first ??= flaw.finding;
    // A file system that keeps no modes, say, is not to be tried forever.
    const isTried = mended.has(flaw.part);
    if (isTried || !(await mend(folders, path, flaw, record))) return stillWrong(flaw);
    mended.add(flaw.part);
  }
}

function stillWrong({ finding, part }: Flaw): Repair {
  const canBeBuilt = ['STORE_PATH_DAMAGED', 'STORE_PATH_MISSING'].includes(finding.code);
  if (part !== undefined || !canBeBuilt) return { outcome: 'damaged', finding };
  const hint = 'Declare what it is part of again, and run `genctl store verify --repair`.';
  return { outcome: 'damaged', finding: { ...finding, hint } };
}

/** Whether anything could be done. */
async function mend(
  folders: LocalFolders,
  path: StorePath,
  { part }: Flaw,
  record: (recorded: Recorded) => void,
): Promise<boolean> {
  const { store } = folders;
  if (part === undefined || store === undefined) return false;
  try {
    if (part === 'files') {
      await mendFiles(folders, store, path);
      store.sync();
      return true;
    }
    const recorded = await recordedFrom(folders, store, path);
    if (recorded === undefined) return false;
    record(recorded);
    return true;
  } catch (thrown) {
    if (thrown instanceof GenctlError && cannotMend.includes(thrown.code)) return false;
    throw thrown;
  }
}

async function mendFiles(folders: LocalFolders, store: Folder, path: StorePath): Promise<void> {
  const name = baseNameOf(path);
  const info = folders.validInfo(path);
  if (info?.kind === 'os-tree') {
    const found = await readOsTree(store, name);
    await mendOsTree(store, name, [...differences(recordedEntries(folders, info), found)]);
  } else {
    for (const odd of oddFiles(store, name)) makeCanonical(store, odd);
  }
}

/** What is to be recorded; undefined where the content is not what the path is named by. */
async function recordedFrom(
  folders: LocalFolders,
  store: Folder,
  path: StorePath,
): Promise<Recorded | undefined> {
  const looked = folders.look(path);
  const narInfo = looked !== undefined && 'info' in looked ? looked : undefined;
  if (folders.holdsOsTree(path)) return await osTreeFrom(folders, store, path, narInfo?.others);
  const own = hashPartOf(path);
  const reading = readNar(narOf(copyOf(store, baseNameOf(path))), folders.inPlace(), own);
  const { narSizeBytes, references } = reading;
  if (narInfo?.info.kind === 'nar') {
    return { narInfo: { ...narInfo, info: { ...narInfo.info, narSizeBytes } } };
  }
  const sha256 = reading.moduloSha256 ?? reading.narSha256;
  const address: Address = {
    path: sourcePath(nameOf(path), sha256, references),
    references,
    sha256,
  };
  if (address.path !== path) return undefined;
  return { narInfo: { info: narInfoOf(address, reading), others: [] } };
}

/** A tree's listing is the truth where its hash leads to the path; else the tree itself may be. */
async function osTreeFrom(
  folders: LocalFolders,
  store: Folder,
  path: StorePath,
  others: NarInfo['others'] = [],
): Promise<Recorded | undefined> {
  const inPlace = async (): Promise<Buffer> => {
    const found = await readOsTree(store, baseNameOf(path));
    return renderListing(found.map(({ entry }) => entry));
  };
  for (const read of [async () => folders.readListing(path), inPlace]) {
    const listing = await read();
    if (listing === undefined) continue;
    const treeHash = treeHashOf(listing);
    if (osTreePath(nameOf(path), treeHash) !== path) continue;
    const entries = parseListing(listing, treeHash, path);
    return { narInfo: { info: osTreeInfo(path, treeHash, entries), others }, listing };
  }
  return undefined;
}
