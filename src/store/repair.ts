import { type Finding, GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import { type Address, narInfoOf, readNar } from './address.ts';
import { type Flaw, flawOf } from './examine.ts';
import type { LocalFolders } from './local-folders.ts';
import { narOf } from './nar.ts';
import type { NarInfo } from './narinfo.ts';
import { makeCanonical, oddFiles } from './odd-files.ts';
import type { Repair } from './store.ts';
import { baseNameOf, hashPartOf, nameOf, type StorePath, sourcePath } from './store-path.ts';
import { copyOf } from './tree.ts';

/** What a file system says where it does not let something be mended. */
const cannotMend = ['NOT_ALLOWED', 'IS_A_FOLDER', 'IO_ERROR', 'FILE_KIND_UNSUPPORTED'];

/**
 * Verifies a path of a local store, and mends of it what it holds the truth about itself. What is
 * said to be mended has been read again.
 *
 * @param record writes what is known of the path
 */
export function repairPath(
  folders: LocalFolders,
  path: StorePath,
  record: (narInfo: NarInfo) => void,
): Repair {
  const mended = new Set<Flaw['part']>();
  let first: Finding | undefined;
  for (;;) {
    const flaw = flawOf(folders, path);
    if (flaw === undefined) {
      return first === undefined ? { outcome: 'sound' } : { outcome: 'mended', finding: first };
    }
    first ??= flaw.finding;
    // A file system that keeps no modes, say, is not to be tried forever.
    const isTried = mended.has(flaw.part);
    if (isTried || !mend(folders, path, flaw, record)) return stillWrong(flaw);
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
function mend(
  folders: LocalFolders,
  path: StorePath,
  { part }: Flaw,
  record: (narInfo: NarInfo) => void,
): boolean {
  const { store } = folders;
  if (part === undefined || store === undefined) return false;
  try {
    if (part === 'files') {
      for (const odd of oddFiles(store, baseNameOf(path))) makeCanonical(store, odd);
      store.sync();
      return true;
    }
    const narInfo = narInfoFrom(folders, store, path);
    if (narInfo === undefined) return false;
    record(narInfo);
    return true;
  } catch (thrown) {
    if (thrown instanceof GenctlError && cannotMend.includes(thrown.code)) return false;
    throw thrown;
  }
}

/** What is to be recorded; undefined where the content is not what the path is named by. */
function narInfoFrom(folders: LocalFolders, store: Folder, path: StorePath): NarInfo | undefined {
  const looked = folders.look(path);
  const own = hashPartOf(path);
  const reading = readNar(narOf(copyOf(store, baseNameOf(path))), folders.inPlace(), own);
  if (looked !== undefined && 'info' in looked) {
    return { ...looked, info: { ...looked.info, narSizeBytes: reading.narSizeBytes } };
  }
  const { references } = reading;
  const sha256 = reading.moduloSha256 ?? reading.narSha256;
  const address: Address = {
    path: sourcePath(nameOf(path), sha256, references),
    references,
    sha256,
  };
  return address.path === path ? { info: narInfoOf(address, reading), others: [] } : undefined;
}
