import { GenctlError } from '../errors.ts';
import type { FileDigest } from '../transaction/step.ts';
import type { EntryKey } from './menu.ts';

/** One file of a boot partition that this installation has written. */
export interface LedgerFile {
  /** Below the partition's top. */
  path: string;
  sizeBytes: number;
  /** Hexadecimal; of what was written first: the default in `loader.conf` moves on. */
  sha256: string;
  kind: 'entry' | 'blob' | 'loader';
  /** Entries: what they boot, and the blobs they need. */
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
}

/**
 * Reads a ledger's body. Its copy carried a checksum, so what is here is what some genctl wrote:
 * only its outline is checked, which matters with hundreds of entries.
 *
 * @throws GenctlError LEDGER_UNREADABLE
 */
export function parseLedger(body: string): Ledger {
  const value: unknown = JSON.parse(body);
  if (isLedger(value)) return value;
  throw new GenctlError('LEDGER_UNREADABLE', 'the ledger on the boot partition is malformed', {
    hint: 'Report this: a ledger was written wrongly. Until then nothing there is touched.',
  });
}

function isLedger(value: unknown): value is Ledger {
  if (typeof value !== 'object' || value === null) return false;
  if (!('owner' in value) || typeof value.owner !== 'string') return false;
  if (!('files' in value) || !Array.isArray(value.files)) return false;
  if ('leftOut' in value && !isLeftOut(value.leftOut)) return false;
  return value.files.every(
    (file: unknown) =>
      typeof file === 'object' && file !== null && 'path' in file && isRelativePath(file.path),
  );
}

function isLeftOut(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (left: unknown) =>
        typeof left === 'object' && left !== null && 'key' in left && 'blobs' in left,
    )
  );
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
