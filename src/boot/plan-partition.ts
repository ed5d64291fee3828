import { type PlanParts, stage } from '../transaction/plan.ts';
import type { Step } from '../transaction/step.ts';
import { droppedFiles, goingFirst, thoseThere } from './dropped-files.ts';
import { grubChange } from './grub/grub-change.ts';
import { keptFiles } from './kept-files.ts';
import type { BootLayout } from './layout.ts';
import { type LedgerFile, renderLedger } from './ledger.ts';
import { creations, missingFolders, removals, verifications } from './partition-steps.ts';
import type { PartitionWish } from './partition-wish.ts';
import type { BootPartition } from './read-boot-partition.ts';
import type { WantedFile } from './wanted.ts';

/** A plan for one partition. */
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
  const kept = keptFiles(files, grub.files, partition, wish);
  const { stale, ofLeft } = droppedFiles(owned, kept, wish);
  const dropped = [...stale, ...ofLeft];
  // An entry that went before a crash needs nothing any more, though the ledger lists it again.
  const present = owned.filter(({ path }) => partition.sizes.has(path));
  const first = new Set(
    missing.length > 0 ? goingFirst(thoseThere(dropped, partition), present, wish) : [],
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
      ...verifications(missing, partition),
      ...stage(volume, creations(missing, 'entry', partition)),
      ...stage(volume, creations(missing, 'menu', partition)),
    ],
    commit: [],
    cleanup: [
      ...removals(thoseThere(stale.filter(isLast), partition), partition),
      ...(isOurs ? ledgers.write(renderLedger({ ...begun, files: [...kept, ...ofLeft] })) : []),
      ...grub.install,
    ],
    farewell: [
      ...removals(thoseThere(ofLeft, partition), partition),
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
