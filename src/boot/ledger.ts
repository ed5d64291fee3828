import * as z from 'zod/mini';
import { GenctlError } from '../errors.ts';
import type { EntryKey } from './menu.ts';

/** One file of a boot partition that this installation has written. */
export interface LedgerFile {
  /** Below the partition's top. */
  path: string;
  sizeBytes: number;
  /** Hexadecimal. */
  sha256: string;
  kind: 'entry' | 'blob' | 'loader';
  /** Entries: what they boot, and the blobs they need. */
  key?: EntryKey | undefined;
  uses?: readonly string[] | undefined;
  /** Blobs: the files of the store that are known to have this content. */
  sources?: readonly string[] | undefined;
}

/**
 * All that genctl may replace or delete on a boot partition. Fields that a newer genctl has
 * added are kept.
 */
export interface Ledger {
  owner: string;
  /** By path. */
  files: readonly LedgerFile[];
}

const file = z.looseObject({
  path: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
  kind: z.enum(['entry', 'blob', 'loader']),
  key: z.optional(
    z.looseObject({
      profile: z.string(),
      number: z.number(),
      specialisation: z.exactOptional(z.string()),
    }),
  ),
  uses: z.optional(z.array(z.string())),
  sources: z.optional(z.array(z.string())),
});

const ledger = z.looseObject({ owner: z.string(), files: z.array(file) });

/**
 * Reads a ledger's body; what holds it has checked that it is whole.
 *
 * @throws GenctlError LEDGER_UNREADABLE
 */
export function parseLedger(body: string): Ledger {
  const parsed = ledger.safeParse(JSON.parse(body));
  if (parsed.success) return parsed.data;
  throw new GenctlError('LEDGER_UNREADABLE', 'the ledger on the boot partition is malformed', {
    hint: 'Run `genctl menu verify` and report this: a whole ledger was written wrongly.',
    cause: parsed.error,
  });
}

/** The same ledger always gives the same text. */
export function renderLedger(content: Ledger): string {
  const files = content.files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  return `${JSON.stringify({ ...content, files })}\n`;
}
