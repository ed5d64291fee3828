import { formatBytes } from '../bytes.ts';
import type { Finding } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import { split } from '../host/root.ts';
import { slotNames } from '../transaction/ledger-slots.ts';
import { type BootLayout, isGrubBlobName, isMenuName } from './layout.ts';
import type { Ledger } from './ledger.ts';
import { openBelow } from './read-boot-partition.ts';

/** A file with a name that only we make, which no ledger lists. */
export interface StrayFile {
  path: string;
  sizeBytes: number;
}

/**
 * What looks like ours and is in no ledger: in our own folders, entries with our prefix, and
 * files that were begun and never became whole. Names prove nothing, so nothing of it is ever
 * deleted for its name.
 */
export function strayFiles(top: Folder, ledger: Ledger, layout: BootLayout): StrayFile[] {
  // FAT folds case, and so may whoever has copied a partition's files.
  const owned = new Set(ledger.files.map(({ path }) => path.toLowerCase()));
  for (const name of slotNames) owned.add(`${layout.ledgerFolder}/${name}`.toLowerCase());
  const entryFolders = [layout.systemdBoot.entryFolder, layout.grub.entryFolder];
  const isStray = (folder: string, name: string): boolean => {
    const path = `${folder}/${name}`.toLowerCase();
    if (owned.has(path)) return false;
    if (folder === layout.blobFolder || folder === layout.ledgerFolder) return true;
    if (folder === layout.grub.folder && (isMenuName(name) || isGrubBlobName(name))) return true;
    if (entryFolders.includes(folder) && name.startsWith(layout.entryPrefix)) return true;
    return path.endsWith('.part') && owned.has(path.slice(0, -'.part'.length));
  };
  const folders = new Set([layout.blobFolder, ...entryFolders, layout.ledgerFolder]);
  for (const { path } of ledger.files) folders.add(split(`/${path}`).parent.slice(1));
  folders.delete('');
  return [...folders].flatMap(path => strayIn(path, top, name => isStray(path, name)));
}

/** Says that a file is there for no reason that we know. */
export function sayStray({ path, sizeBytes }: StrayFile, mountPoint: string): Finding {
  const isUnfinished = path.endsWith('.part');
  return {
    code: 'BOOT_FILE_STRAY',
    subject: `${mountPoint}/${path}`,
    reason: `${isUnfinished ? 'it was begun and never became whole' : 'it has a name of ours, but the ledger does not list it'} (${formatBytes(sizeBytes)})`,
    hint: 'It is left alone. If you did not put it there, remove it by hand.',
  };
}

function strayIn(path: string, top: Folder, isStray: (name: string) => boolean): StrayFile[] {
  using folder = openBelow(top, path);
  return (folder?.rawEntries() ?? []).flatMap(({ name, kind }): StrayFile[] => {
    const text = name.toString();
    if (kind === 'folder' || !isStray(text)) return [];
    return [{ path: `${path}/${text}`, sizeBytes: folder?.stat(name)?.sizeBytes ?? 0 }];
  });
}
