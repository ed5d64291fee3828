import { GenctlError } from '../errors.ts';
import type { FileDigest } from '../transaction/step.ts';
import type { EntryKey } from './menu.ts';

/** One file of a boot partition that this installation has written. */
export interface LedgerFile {
  /** Below the partition's top. */
  path: string;
  sizeBytes: number;
  /** Hexadecimal; of what was written first: the sector that names the default changes later. */
  sha256: string;
  /** `menu`: an index of entries, for a loader that does not look for itself. */
  kind: 'entry' | 'menu' | 'blob' | 'loader';
  /** Entries: what they boot, and the blobs they need. Menus: the entries. */
  key?: EntryKey | undefined;
  uses?: readonly string[] | undefined;
  /** Blobs: the files of the store that are known to have this content. */
  sources?: readonly string[] | undefined;
}

/** A generation that the menu would show if there was room, with what is known of its files. */
export interface LeftOut {
  key: EntryKey;
  blobs: readonly (FileDigest & { source: string })[];
}

/**
 * All that genctl may replace or delete on a boot partition. Fields that a newer genctl has
 * added are kept.
 */
export interface Ledger {
  owner: string;
  /** By path. */
  files: readonly LedgerFile[];
  /** Generations that are not in the menu for lack of room. */
  leftOut?: readonly LeftOut[] | undefined;
  grub?: InstalledGrub | undefined;
}

/** What `grub-install` has made on a partition, for us. */
export interface InstalledGrub {
  /** From what it was installed last, as one word; undefined while it was not yet. */
  state: string | undefined;
  /** Folders that are ours with all that is in them: those of the last installation, and of others. */
  trees: readonly string[];
  /**
   * Where its program is on an ESP, and whether entries of the firmware's menu that lead there are
   * ours as well.
   */
  esp?: { mountPoint: string; folders: readonly string[]; hasEntries?: boolean } | undefined;
}

/** What GRUB's core image reads first, in the folder of its installation. */
export function stubPath(tree: string): string {
  return `${tree}/grub/grub.cfg`;
}

/**
 * Reads a ledger's body. Its copy carried a checksum, so what is here is what some genctl wrote:
 * only its outline is checked, which matters with hundreds of entries.
 *
 * @throws GenctlError LEDGER_UNREADABLE
 */
export function parseLedger(body: string): Ledger {
  const value = jsonOf(body);
  if (isLedger(value)) return value;
  throw new GenctlError('LEDGER_UNREADABLE', 'the ledger on the boot partition is malformed', {
    hint: 'Nothing there is touched as long as it is. Check the file system; if it is sound, report this.',
  });
}

function isLedger(value: unknown): value is Ledger {
  if (typeof value !== 'object' || value === null) return false;
  if (!('owner' in value) || typeof value.owner !== 'string') return false;
  if (!('files' in value) || !Array.isArray(value.files)) return false;
  if ('leftOut' in value && !isLeftOut(value.leftOut)) return false;
  if ('grub' in value && !isInstalledGrub(value.grub)) return false;
  return value.files.every(isLedgerFile);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isLedgerFile(value: unknown): boolean {
  if (!isObject(value) || !isRelativePath(value['path']) || !isDigest(value)) return false;
  const { kind, key, uses, sources } = value;
  return (
    (kind === 'entry' || kind === 'menu' || kind === 'blob' || kind === 'loader') &&
    (key === undefined || isKey(key)) &&
    (uses === undefined || isTexts(uses)) &&
    (sources === undefined || isTexts(sources))
  );
}

function isLeftOut(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (left: unknown) =>
        isObject(left) &&
        isKey(left['key']) &&
        Array.isArray(left['blobs']) &&
        left['blobs'].every(
          (blob: unknown) => isObject(blob) && isDigest(blob) && typeof blob['source'] === 'string',
        ),
    )
  );
}

function isInstalledGrub(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { state, trees, esp } = value;
  return (
    (esp === undefined ||
      (isObject(esp) &&
        typeof esp['mountPoint'] === 'string' &&
        isTexts(esp['folders']) &&
        esp['folders'].every(isRelativePath))) &&
    (state === undefined || typeof state === 'string') &&
    isTexts(trees) &&
    trees.every(isRelativePath)
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isDigest({ sizeBytes, sha256 }: Readonly<Record<string, unknown>>): boolean {
  return Number.isSafeInteger(sizeBytes) && typeof sha256 === 'string';
}

function isKey(value: unknown): boolean {
  return (
    isObject(value) && typeof value['profile'] === 'string' && Number.isSafeInteger(value['number'])
  );
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(each => typeof each === 'string');
}

/** A path that stays below the partition's top, whatever a ledger says. */
function isRelativePath(path: unknown): boolean {
  return typeof path === 'string' && path !== '' && !/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(path);
}

/** The same ledger always gives the same text. */
export function renderLedger(content: Ledger): string {
  const files = content.files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  return `${JSON.stringify({ ...content, files })}\n`;
}
