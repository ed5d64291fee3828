import { type Finding, GenctlError } from '../errors.ts';
import type { FileStat, Folder } from '../host/folder.ts';
import { split } from '../host/root.ts';
import { entryFileName } from './entry-name.ts';
import type { BootLayout } from './layout.ts';
import type { Ledger, LedgerFile } from './ledger.ts';
import { openBelow } from './read-boot-partition.ts';

export type Damage =
  | 'missing'
  | 'empty'
  | 'truncated'
  | 'grown'
  | 'altered'
  | 'not-a-file'
  | 'unreadable'
  /** An entry that is whole, and needs a file that no ledger lists. */
  | 'incomplete';

/** A file that is not as it was written. */
export interface DamagedFile {
  file: LedgerFile;
  damage: Damage;
  /** The size that was found; undefined where there is no file to measure. */
  foundBytes: number | undefined;
  /** `unreadable`: the error's message. `incomplete`: the path of the file that it needs. */
  detail: string | undefined;
  /** The files of the entries that do not boot because of it. */
  breaks: readonly LedgerFile[];
}

/** What was found in a file's place. */
type Found = Pick<DamagedFile, 'damage' | 'foundBytes' | 'detail'>;

/**
 * Reads all files that a ledger lists and says which are not as they were written. An error on
 * one file is that file's damage, not the end. What changes in place is left out, as the file that
 * names the default: its loader has to judge it.
 *
 * @param onFile called before each file is read, which takes a while for a kernel on a slow disk
 */
export function verifyFiles(
  top: Folder,
  ledger: Ledger,
  layout: BootLayout,
  onFile: (file: LedgerFile) => void,
): DamagedFile[] {
  const entries = ledger.files.filter(file => file.kind === 'entry');
  const { systemdBoot, grub } = layout;
  const changing = new Set([systemdBoot.sector, grub.sector, grub.environment]);
  const damaged = ledger.files
    .filter(file => !changing.has(file.path))
    .flatMap((file): DamagedFile[] => {
      onFile(file);
      const found = inspect(top, file);
      if (found === undefined) return [];
      const needs = entries.filter(entry => entry.uses?.includes(file.path));
      return [{ file, ...found, breaks: file.kind === 'entry' ? [file] : needs }];
    });
  const listed = new Set(ledger.files.map(file => file.path));
  return [...damaged, ...entries.flatMap(entry => incompletenessOf(entry, listed, top))];
}

/** Says what is wrong with a file, what follows and what helps. */
export function sayDamage(damaged: DamagedFile, mountPoint: string): Finding {
  const { file, damage, breaks } = damaged;
  const code =
    damage === 'missing'
      ? 'BOOT_FILE_MISSING'
      : damage === 'unreadable'
        ? 'BOOT_FILE_UNREADABLE'
        : 'BOOT_FILE_DAMAGED';
  const names = breaks.map(entryFileName);
  const verb = names.length === 1 ? 'does' : 'do';
  const consequence = names.length === 0 ? '' : `: ${names.join(', ')} ${verb} not boot`;
  return {
    code,
    subject: `${mountPoint}/${file.path}`,
    reason: `${describe(damaged)}${consequence}`,
    hint:
      damage === 'unreadable'
        ? 'Look into the kernel log, check the file system (fsck.vfat) and the disk, then run `genctl menu repair`.'
        : 'Run `genctl menu repair`, which writes it anew from the store.',
  };
}

function describe({ file, damage, foundBytes, detail, breaks }: DamagedFile): string {
  switch (damage) {
    case 'missing':
      return 'it is gone';
    case 'empty':
      return `it is empty; ${file.sizeBytes} bytes were written`;
    case 'truncated':
    case 'grown':
      return `it has ${foundBytes} bytes; ${file.sizeBytes} were written`;
    case 'altered':
      return 'its content is not what was written';
    case 'not-a-file':
      return 'something else than a file has its name';
    case 'unreadable':
      return `it cannot be read (${detail})`;
    case 'incomplete':
      return breaks.length > 0
        ? `it needs ${detail}, which is not there`
        : `it needs ${detail}, which the ledger does not list, so nobody knows whether it is whole`;
  }
}

function inspect(top: Folder, file: LedgerFile): Found | undefined {
  try {
    const { parent, name } = split(`/${file.path}`);
    using folder = openParent(top, parent);
    const stat = folder?.stat(name);
    if (folder === undefined || stat === undefined) return found('missing');
    if (stat.kind !== 'file') return found('not-a-file');
    if (stat.sizeBytes !== file.sizeBytes) {
      return found(sizeDamage(stat.sizeBytes, file), stat.sizeBytes);
    }
    const { sizeBytes, sha256 } = folder.digest(name);
    return sha256 === file.sha256 ? undefined : found('altered', sizeBytes);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return found('unreadable', undefined, thrown.message);
  }
}

function found(damage: Damage, foundBytes?: number, detail?: string): Found {
  return { damage, foundBytes, detail };
}

function sizeDamage(foundBytes: number, file: LedgerFile): Damage {
  if (foundBytes === 0) return 'empty';
  return foundBytes < file.sizeBytes ? 'truncated' : 'grown';
}

/** What an entry needs and no ledger lists, which nothing else here would look at. */
function incompletenessOf(
  entry: LedgerFile,
  listed: ReadonlySet<string>,
  top: Folder,
): DamagedFile[] {
  const unlisted = (entry.uses ?? []).filter(path => !listed.has(path));
  return unlisted.map(path => ({
    file: entry,
    ...found('incomplete', undefined, path),
    breaks: statBelow(top, path)?.kind === 'file' ? [] : [entry],
  }));
}

function statBelow(top: Folder, path: string): FileStat | undefined {
  try {
    const { parent, name } = split(`/${path}`);
    using folder = openParent(top, parent);
    return folder?.stat(name);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return undefined;
  }
}

/** @param parent the folder's path, with a leading slash */
function openParent(top: Folder, parent: string): Folder | undefined {
  return parent === '/' ? top.duplicate() : openBelow(top, parent.slice(1));
}
