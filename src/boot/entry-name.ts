import { nameOf } from '../generations/generation.ts';
import type { LedgerFile } from './ledger.ts';
import type { EntryKey } from './menu.ts';

/** How the entry of a system is called in messages: `generation 12 (rescue)`. */
export function entryName(key: EntryKey): string {
  const { specialisation } = key;
  return specialisation === undefined ? nameOf(key) : `${nameOf(key)} (${specialisation})`;
}

/** The same for an entry's file, of which nobody may know what it boots: then by its name. */
export function entryFileName({ key, path }: Pick<LedgerFile, 'key' | 'path'>): string {
  return key === undefined ? path.slice(path.lastIndexOf('/') + 1) : entryName(key);
}
