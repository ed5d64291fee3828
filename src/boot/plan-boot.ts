import { GenctlError } from '../errors.ts';
import { sectorBytes } from '../transaction/lower.ts';
import { joinParts, nothing, type PlanParts, stage } from '../transaction/plan.ts';
import type { Step } from '../transaction/step.ts';
import type { BootTarget } from './boot-target.ts';
import type { BootLayout } from './layout.ts';
import { type LedgerFile, type LeftOut, renderLedger } from './ledger.ts';
import type { EntryKey } from './menu.ts';
import type { BootPartition } from './read-boot-partition.ts';
import type { WantedFile, WantedFiles } from './wanted.ts';

export interface BootWish {
  wanted: WantedFiles;
  target: BootTarget;
  layout: BootLayout;
  owner: string;
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

/**
 * What has to be written so that a target shows a menu: what is missing first, then the default,
 * and only behind that point what is not wanted any more. Pure.
 *
 * @throws GenctlError LOADER_NOT_INSTALLED where `loader.conf` is not ours, or not there
 */
export function planBoot(wish: BootWish): PlanParts {
  const { target, wanted, leftOut } = wish;
  const menu = planPartition(target.boot, wanted.files, leftOut, wish);
  // What was written to the ESP before there was another partition for it goes from there.
  const rest = target.esp === target.boot ? nothing : planPartition(target.esp, [], [], wish);
  const conf = { ...nothing, commit: stage(target.esp.volume, moveDefault(wish)) };
  return joinParts([menu, rest, conf]);
}

function planPartition(
  partition: BootPartition,
  files: readonly WantedFile[],
  leftOut: readonly LeftOut[],
  wish: BootWish,
): PlanParts {
  const { layout, owner } = wish;
  const { volume } = partition;
  const owned = partition.ledger?.files ?? [];
  const missing = missingFiles(files, partition);
  const kept = keptFiles(files, owned, wish);
  const staying = new Set(kept.map(file => file.path));
  const dropped = owned.filter(file => !staying.has(file.path));
  // What a mirror was given up in the middle of has its temporary name still.
  const leaving = dropped.filter(
    ({ path }) => partition.sizes.has(path) || partition.sizes.has(`${path}.part`),
  );
  // An entry that went before a crash needs nothing any more, though the ledger lists it again.
  const present = owned.filter(({ path }) => partition.sizes.has(path));
  const first = new Set(missing.length > 0 ? goingFirst(leaving, present, wish) : []);
  const last = leaving.filter(file => !first.has(file));
  const inLedger = leftOut.length > 0 ? { leftOut } : { leftOut: undefined };
  const render = (all: readonly LedgerFile[]): string =>
    renderLedger({ ...partition.ledger, owner, ...inLedger, files: all });
  const intent = render([...kept, ...dropped.filter(file => !first.has(file))]);
  const ledgerStep = (before: string | undefined, after: string): Step[] =>
    before === after
      ? []
      : [{ kind: 'write-ledger', volume, folder: layout.ledgerFolder, before, after }];
  return {
    prepare: [
      ...removals([...first], partition),
      ...(missing.length > 0
        ? stage(volume, [
            ...missingFolders(
              [layout.blobFolder, layout.entryFolder, layout.ledgerFolder],
              partition,
            ),
            ...ledgerStep(partition.ledgerBody, intent),
          ])
        : []),
      ...stage(volume, creations(missing, 'blob', partition)),
      ...missing.filter(file => file.kind === 'blob').map(file => toVerification(file, volume)),
      ...stage(volume, creations(missing, 'entry', partition)),
    ],
    commit: [],
    cleanup: [
      ...removals(last, partition),
      ...(kept.length > 0 || owned.length > 0
        ? ledgerStep(missing.length > 0 ? intent : partition.ledgerBody, render(kept))
        : []),
    ],
  };
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
  { mayGoFirst }: BootWish,
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

/** What is ours when all is done. */
function keptFiles(
  wanted: readonly WantedFile[],
  owned: readonly LedgerFile[],
  { quarantined }: BootWish,
): LedgerFile[] {
  // Of adopted files nobody knows whose generation they are: all stay while one cannot be read.
  const isQuarantined = ({ key, kind, sources }: LedgerFile): boolean =>
    key === undefined
      ? kind !== 'loader' && sources === undefined && quarantined.length > 0
      : quarantined.some(({ profile, number }) => key.profile === profile && key.number === number);
  const spared = owned.filter(isQuarantined);
  const sparedPaths = new Set(spared.flatMap(file => [file.path, ...(file.uses ?? [])]));
  const files = new Map<string, LedgerFile>();
  for (const file of owned) {
    const stays = file.kind === 'loader' || sparedPaths.has(file.path);
    if (stays) files.set(file.path, file);
  }
  for (const file of wanted) files.set(file.path, toLedgerFile(file));
  return [...files.values()];
}

function toLedgerFile(file: WantedFile): LedgerFile {
  const { path, sizeBytes, sha256 } = file;
  return file.kind === 'blob'
    ? { path, sizeBytes, sha256, kind: file.kind, sources: file.sources }
    : { path, sizeBytes, sha256, kind: file.kind, key: file.key, uses: file.uses };
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

/** First the entries, then what they needed. */
function removals(files: readonly LedgerFile[], { volume }: BootPartition): Step[] {
  return (['entry', 'blob'] as const).flatMap(kind =>
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

function moveDefault({ wanted, target: { esp: partition }, layout }: BootWish): Step[] {
  const { path, text } = wanted.defaultSector;
  const { volume } = partition;
  const before = partition.loaderConf;
  const isOurs = partition.ledger?.files.some(file => file.path === layout.loaderConf) ?? false;
  if (!isOurs) {
    throw new GenctlError(
      'LOADER_NOT_INSTALLED',
      `${partition.mountPoint}: the boot loader has not been installed by genctl yet`,
      { hint: 'Run `genctl loader install` once.' },
    );
  }
  if (before === undefined) {
    throw new GenctlError(
      'LOADER_NOT_INSTALLED',
      `${partition.mountPoint}/${path}: somebody has deleted it`,
      { hint: 'Run `genctl loader install`, which makes it anew.' },
    );
  }
  if (before === text) return [];
  if (Buffer.byteLength(before) === sectorBytes) {
    return [{ kind: 'overwrite-sector', volume, path, before, after: text }];
  }
  return [takeOver(partition, path, before, text)];
}

/**
 * Somebody's own `loader.conf` becomes ours.
 *
 * @throws GenctlError LOADER_CONF_TOO_LONG where that cannot be done without a torn moment
 */
export function takeOver(
  partition: BootPartition,
  path: string,
  before: string | undefined,
  after: string,
): Step {
  if (before?.includes('\ufffd')) {
    throw new GenctlError(
      'LOADER_CONF_NOT_TEXT',
      `${partition.mountPoint}/${path} holds bytes that are no UTF-8: it could not be given back as it is`,
      { hint: 'Correct its comments, or move it away, and run the command again.' },
    );
  }
  const sizeBytes = Buffer.byteLength(before ?? '');
  if (sizeBytes > sectorBytes) {
    throw new GenctlError(
      'LOADER_CONF_TOO_LONG',
      `${partition.mountPoint}/${path} has ${sizeBytes} bytes: one of more than ${sectorBytes} cannot be changed safely on FAT`,
      { hint: 'Keep a copy of it elsewhere, remove its comments, and run the command again.' },
    );
  }
  return { kind: 'take-over-sector', volume: partition.volume, path, before, after };
}
