import { type PlanParts, stage } from '../transaction/plan.ts';
import type { Step } from '../transaction/step.ts';
import { type GrubChange, grubChange } from './grub/grub-change.ts';
import type { LeftOnEsp } from './grub/left-on-esp.ts';
import type { BootLayout } from './layout.ts';
import { type LedgerFile, type LeftOut, renderLedger } from './ledger.ts';
import { loaderOfFile, menuInForce } from './loaders.ts';
import type { EntryKey } from './menu.ts';
import type { BootPartition } from './read-boot-partition.ts';
import type { PlacedFiles, WantedFile } from './wanted.ts';

export interface PartitionWish {
  layout: BootLayout;
  owner: string;
  /** The loaders that use the partition, with what each wants. */
  menus: readonly PlacedFiles[];
  /** The partitions of the target. */
  partitions: readonly BootPartition[];
  /** Files that a loader writes over by itself: from then on they are not what is recorded. */
  replaced: readonly string[];
  /** What else is to go of a GRUB that is given up. */
  leftOnEsp: LeftOnEsp | undefined;
  /** Generations that cannot be read: what the menu has of them is neither wanted nor removed. */
  quarantined: readonly Pick<EntryKey, 'profile' | 'number'>[];
  /** Generations that the menu does not show for lack of room. */
  leftOut: readonly LeftOut[];
  /**
   * Whether what is not wanted of a generation may go before anything is written, to make room.
   * The key is undefined for an entry of which nobody knows what it boots.
   */
  mayGoFirst: (key: EntryKey | undefined) => boolean;
}

export interface PartitionParts extends PlanParts {
  /** What goes last of all: a loader that is not declared any more, once others are in place. */
  farewell: readonly Step[];
}

/** What has to be written to one partition, the default apart. Pure. */
export function planPartition(partition: BootPartition, wish: PartitionWish): PartitionParts {
  const { layout, owner, leftOut } = wish;
  const { volume } = partition;
  const owned = partition.ledger?.files ?? [];
  const files = wantedOn(partition, wish);
  const missing = missingFiles(files, partition);
  const grub = grubChange(partition, wish);
  const kept = keptFiles(files, grub, partition, wish);
  const { stale, ofLeft } = droppedFiles(owned, kept, wish);
  const dropped = [...stale, ...ofLeft];
  // An entry that went before a crash needs nothing any more, though the ledger lists it again.
  const present = owned.filter(({ path }) => partition.sizes.has(path));
  const first = new Set(
    missing.length > 0 ? goingFirst(leavingOf(dropped, partition), present, wish) : [],
  );
  const isLast = (file: LedgerFile): boolean => !first.has(file);
  const ledgers = new Ledgers(partition, layout);
  const inLedger = {
    ...partition.ledger,
    owner,
    leftOut: leftOut.length > 0 ? leftOut : undefined,
  };
  const begun = { ...inLedger, grub: grub.begun };
  const isBegun = missing.length > 0 || grub.prepare.length > 0;
  const isOurs = kept.length > 0 || owned.length > 0;
  return {
    prepare: [
      ...removals([...first], partition),
      ...(isBegun
        ? stage(volume, [
            ...missingFolders(foldersFor(wish), partition),
            ...ledgers.write(
              renderLedger({ ...begun, files: [...kept, ...dropped.filter(isLast)] }),
            ),
          ])
        : []),
      ...stage(volume, grub.prepare),
      ...stage(volume, creations(missing, 'blob', partition)),
      ...missing.filter(file => file.kind === 'blob').map(file => toVerification(file, volume)),
      ...stage(volume, creations(missing, 'entry', partition)),
      ...stage(volume, creations(missing, 'menu', partition)),
    ],
    commit: [],
    cleanup: [
      ...removals(leavingOf(stale.filter(isLast), partition), partition),
      ...(isOurs ? ledgers.write(renderLedger({ ...begun, files: [...kept, ...ofLeft] })) : []),
      ...grub.install,
    ],
    farewell: [
      ...removals(leavingOf(ofLeft, partition), partition),
      ...stage(volume, grub.removal),
      ...(isOurs
        ? ledgers.write(renderLedger({ ...inLedger, grub: grub.installed, files: kept }))
        : []),
    ],
  };
}

/** The ledgers that a plan writes to a partition, one after the other. */
class Ledgers {
  readonly #partition: BootPartition;
  readonly #folder: string;
  #last: string | undefined;

  constructor(partition: BootPartition, { ledgerFolder }: BootLayout) {
    this.#partition = partition;
    this.#folder = ledgerFolder;
    this.#last = partition.ledgerBody;
  }

  /** Nothing where the ledger says it already. */
  write(after: string): Step[] {
    const before = this.#last;
    if (before === after) return [];
    this.#last = after;
    const { volume } = this.#partition;
    return [{ kind: 'write-ledger', volume, folder: this.#folder, before, after }];
  }
}

/** What the loaders want on this partition, what they share once. */
function wantedOn(partition: BootPartition, { menus }: PartitionWish): WantedFile[] {
  const files = new Map<string, WantedFile>();
  for (const { place, wanted } of menus) {
    if (place.boot !== partition) continue;
    for (const file of wanted.files) files.set(file.path, file);
  }
  return [...files.values()];
}

/**
 * What was written is not read again: name and size decide, unless somebody has looked at the
 * contents.
 */
function missingFiles(files: readonly WantedFile[], partition: BootPartition): WantedFile[] {
  const written = new Map(partition.ledger?.files.map(({ path, sha256 }) => [path, sha256]));
  return files.filter(
    ({ path, sizeBytes, sha256 }) =>
      written.get(path) !== sha256 ||
      partition.sizes.get(path) !== sizeBytes ||
      partition.damaged.has(path),
  );
}

/**
 * Entries that may go at once, and the files that no other entry needs.
 *
 * @param present what is there of all that is ours
 */
function goingFirst(
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

/** What is ours and not wanted any more; apart, what a loader needs that is given up. */
function droppedFiles(
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

/** Those that are there. What a mirror was given up in the middle of has its temporary name still. */
function leavingOf(files: readonly LedgerFile[], { sizes }: BootPartition): LedgerFile[] {
  return files.filter(({ path }) => sizes.has(path) || sizes.has(`${path}.part`));
}

function foldersFor({ menus, layout }: PartitionWish): string[] {
  const { blobFolder, ledgerFolder, systemdBoot, grub } = layout;
  const entryFolders = { 'systemd-boot': systemdBoot.entryFolder, grub: grub.entryFolder };
  const parents = menus.flatMap(({ wanted }) => wanted.files.map(({ path }) => parentOf(path)));
  return [
    ...(parents.includes(blobFolder) ? [blobFolder] : []),
    ...menus.map(({ place }) => entryFolders[place.loader]),
    ledgerFolder,
    ...parents,
  ];
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Folders that are not there yet, outer ones first. */
export function missingFolders(paths: readonly string[], partition: BootPartition): Step[] {
  const missing = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    for (let count = 1; count <= parts.length; count++) {
      const prefix = parts.slice(0, count).join('/');
      if (!partition.folders.has(prefix)) missing.add(prefix);
    }
  }
  return [...missing].map(path => ({ kind: 'make-folder', volume: partition.volume, path }));
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

/** What is ours when all is done. */
function keptFiles(
  wanted: readonly WantedFile[],
  grub: GrubChange,
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
  for (const file of grub.files) if (!files.has(file.path)) files.set(file.path, file);
  for (const file of wanted) files.set(file.path, toLedgerFile(file));
  return [...files.values()];
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

function creations(
  files: readonly WantedFile[],
  kind: WantedFile['kind'],
  { sizes, volume }: BootPartition,
): Step[] {
  return files
    .filter(file => file.kind === kind)
    .map(({ path, sizeBytes, sha256, content }) => ({
      kind: 'create-file',
      volume,
      path,
      sizeBytes,
      sha256,
      content,
      ...(sizes.has(path) && { wasThere: true }),
    }));
}

/** First what names others, then what was named. */
function removals(files: readonly LedgerFile[], { volume }: BootPartition): Step[] {
  return (['menu', 'entry', 'blob', 'loader'] as const).flatMap(kind =>
    stage(
      volume,
      files
        .filter(file => file.kind === kind)
        .map(({ path }) => ({ kind: 'remove-file', volume, path })),
    ),
  );
}

function toVerification(
  { path, sizeBytes, sha256 }: WantedFile,
  volume: BootPartition['volume'],
): Step {
  return { kind: 'verify-file', volume, path, sizeBytes, sha256 };
}
