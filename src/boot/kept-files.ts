import type { LedgerFile } from './ledger.ts';
import { loaderOfFile, menuInForce } from './loaders.ts';
import type { EntryKey } from './menu.ts';
import type { PartitionWish } from './partition-wish.ts';
import type { BootPartition } from './read-boot-partition.ts';
import type { WantedFile } from './wanted.ts';

/**
 * What is ours when all is done. Pure.
 *
 * @param ofGrub what is GRUB's own, beside its menu
 */
export function keptFiles(
  wanted: readonly WantedFile[],
  ofGrub: readonly LedgerFile[],
  partition: BootPartition,
  wish: PartitionWish,
): LedgerFile[] {
  const owned = partition.ledger?.files ?? [];
  const { quarantined, menus, layout } = wish;
  const spared = owned.filter(file => isSpared(file, quarantined));
  const sparedPaths = new Set(spared.flatMap(file => [file.path, ...(file.uses ?? [])]));
  const previous = previousMenus(wanted, partition, wish);
  const isDeclared = (path: string): boolean =>
    menus.some(({ place }) => place.loader === loaderOfFile(path, layout));
  const files = new Map<string, LedgerFile>();
  for (const file of owned) {
    const stays =
      (file.kind === 'loader' && isDeclared(file.path)) ||
      previous.has(file.path) ||
      sparedPaths.has(file.path);
    if (stays) files.set(file.path, file);
  }
  for (const file of ofGrub) if (!files.has(file.path)) files.set(file.path, file);
  for (const file of wanted) files.set(file.path, toLedgerFile(file));
  return [...files.values()];
}

/**
 * Whether a file stays as it is because its generation cannot be read. Of adopted files nobody knows
 * whose they are: all stay while there is such a generation.
 */
export function isSpared(
  { key, kind, sources }: LedgerFile,
  quarantined: readonly Pick<EntryKey, 'profile' | 'number'>[],
): boolean {
  if (key !== undefined) {
    return quarantined.some(
      ({ profile, number }) => key.profile === profile && key.number === number,
    );
  }
  const isOfEntry = kind === 'entry' || kind === 'blob';
  return isOfEntry && sources === undefined && quarantined.length > 0;
}

/**
 * The index that was in force before this one stays, one of them: GRUB falls back to it where it
 * cannot see the new one yet, and a person can choose it by hand.
 */
function previousMenus(
  wanted: readonly WantedFile[],
  { ledger, sectors, sizes, damaged }: BootPartition,
  { menus, layout }: PartitionWish,
): Set<string> {
  // Where GRUB is given up, it goes with all that is GRUB's.
  if (!wanted.some(({ kind }) => kind === 'menu')) return new Set();
  const owned = (ledger?.files ?? []).filter(
    ({ kind, path }) => kind === 'menu' && sizes.has(path) && !damaged.has(path),
  );
  const isWanted = (path: string): boolean => wanted.some(file => file.path === path);
  const inForce = menus.flatMap(({ wanted: { defaultSector } }) =>
    menuInForce(sectors.get(defaultSector.path), layout),
  );
  const replaced = owned.filter(({ path }) => inForce.includes(path) && !isWanted(path));
  const older = owned.filter(({ path }) => !isWanted(path));
  return new Set((replaced.length > 0 ? replaced : older).map(({ path }) => path));
}

function toLedgerFile(file: WantedFile): LedgerFile {
  const { path, sizeBytes, sha256 } = file;
  switch (file.kind) {
    case 'blob':
      return { path, sizeBytes, sha256, kind: file.kind, sources: file.sources };
    case 'menu':
      return { path, sizeBytes, sha256, kind: file.kind, uses: file.uses };
    case 'entry':
      return { path, sizeBytes, sha256, kind: file.kind, key: file.key, uses: file.uses };
  }
}
