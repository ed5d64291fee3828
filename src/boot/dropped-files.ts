import type { LedgerFile } from './ledger.ts';
import { loaderOfFile } from './loaders.ts';
import type { PartitionWish } from './partition-wish.ts';
import type { BootPartition } from './read-boot-partition.ts';

/** What is ours and not wanted any more; apart, what a loader needs that is given up. Pure. */
export function droppedFiles(
  owned: readonly LedgerFile[],
  kept: readonly LedgerFile[],
  { menus, layout, replaced }: PartitionWish,
): { stale: LedgerFile[]; ofLeft: LedgerFile[] } {
  const staying = new Set([...kept.map(file => file.path), ...replaced]);
  const dropped = owned.filter(file => !staying.has(file.path));
  const isLeft = ({ path }: LedgerFile): boolean => {
    const loader = loaderOfFile(path, layout);
    return loader !== undefined && menus.every(({ place }) => place.loader !== loader);
  };
  const needed = new Set(dropped.filter(isLeft).flatMap(({ uses = [] }) => uses));
  const isOfLeft = (file: LedgerFile): boolean => isLeft(file) || needed.has(file.path);
  return {
    stale: dropped.filter(file => !isOfLeft(file)),
    ofLeft: dropped.filter(isOfLeft),
  };
}

/**
 * Entries that may go at once, and the files that no other entry needs. Pure.
 *
 * @param present what is there of all that is ours
 */
export function goingFirst(
  leaving: readonly LedgerFile[],
  present: readonly LedgerFile[],
  { mayGoFirst }: PartitionWish,
): LedgerFile[] {
  const entries = new Set(leaving.filter(({ kind, key }) => kind === 'entry' && mayGoFirst(key)));
  const needed = new Set(
    present.flatMap(file => (file.kind === 'entry' && !entries.has(file) ? (file.uses ?? []) : [])),
  );
  // Of an entry that was found without a ledger nobody knows what it needs.
  const isUnclear = present.some(
    file => file.kind === 'entry' && file.uses === undefined && !entries.has(file),
  );
  return leaving.filter(
    file => entries.has(file) || (file.kind === 'blob' && !isUnclear && !needed.has(file.path)),
  );
}

/** Those that are there. What a mirror was given up in the middle of has its temporary name still. */
export function thoseThere(files: readonly LedgerFile[], { sizes }: BootPartition): LedgerFile[] {
  return files.filter(({ path }) => sizes.has(path) || sizes.has(`${path}.part`));
}
