import { GenctlError } from '../errors.ts';
import { sectorBytes } from '../transaction/lower.ts';
import { type PlanParts, stage } from '../transaction/plan.ts';
import type { FileDigest, Step } from '../transaction/step.ts';
import type { BootLayout } from './layout.ts';
import { type LedgerFile, renderLedger } from './ledger.ts';
import type { EntryKey } from './menu.ts';
import type { BootPartition } from './read-boot-partition.ts';
import type { WantedFile, WantedFiles } from './wanted.ts';

export interface BootWish {
  wanted: WantedFiles;
  partition: BootPartition;
  layout: BootLayout;
  owner: string;
  /** Generations that cannot be read: what the menu has of them is neither wanted nor removed. */
  quarantined: readonly Pick<EntryKey, 'profile' | 'number'>[];
}

/**
 * What has to be written so that a boot partition holds a menu: what is missing first, then the
 * default, and only behind that point what is not wanted any more. Pure.
 *
 * @throws GenctlError LOADER_NOT_INSTALLED where `loader.conf` is not ours, or not there
 */
export function planBoot(wish: BootWish): PlanParts {
  const { wanted, partition, layout, owner } = wish;
  const owned = partition.ledger?.files ?? [];
  const written = new Map(owned.map(({ path, sha256 }) => [path, sha256]));
  // What was written is not read again: name and size decide; `menu verify` reads the contents.
  const missing = wanted.files.filter(
    ({ path, sizeBytes, sha256 }) =>
      written.get(path) !== sha256 || partition.sizes.get(path) !== sizeBytes,
  );
  const kept = keptFiles(wish, owned);
  const final = renderLedger({ ...partition.ledger, owner, files: kept });
  const staying = new Set(kept.map(file => file.path));
  const dropped = owned.filter(file => !staying.has(file.path));
  const leaving = dropped.filter(file => partition.sizes.has(file.path));
  const intent = renderLedger({ ...partition.ledger, owner, files: [...kept, ...dropped] });
  const ledgerStep = (before: string | undefined, after: string): Step[] =>
    before === after
      ? []
      : [{ kind: 'write-ledger', volume: 'esp', folder: layout.ledgerFolder, before, after }];
  const ledgerBefore = missing.length > 0 ? intent : partition.ledgerBody;
  return {
    prepare: [
      ...(missing.length > 0
        ? stage('esp', [
            ...missingFolders([layout.blobFolder, layout.entryFolder], partition),
            ...ledgerStep(partition.ledgerBody, intent),
          ])
        : []),
      ...stage('esp', creations(missing, 'blob', partition)),
      ...missing.filter(file => file.kind === 'blob').map(toVerification),
      ...stage('esp', creations(missing, 'entry', partition)),
    ],
    commit: stage('esp', moveDefault(wish)),
    cleanup: [
      ...stage('esp', removals(leaving, 'entry')),
      ...stage('esp', removals(leaving, 'blob')),
      ...ledgerStep(ledgerBefore, final),
    ],
  };
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
  return [...missing].map(path => ({ kind: 'make-folder', volume: 'esp', path }));
}

/** What is ours when all is done. */
function keptFiles(wish: BootWish, owned: readonly LedgerFile[]): LedgerFile[] {
  const { wanted, quarantined } = wish;
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
  for (const file of wanted.files) files.set(file.path, toLedgerFile(file));
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
  { sizes }: BootPartition,
): Step[] {
  return files
    .filter(file => file.kind === kind)
    .map(({ path, sizeBytes, sha256, content }) => ({
      kind: 'create-file',
      volume: 'esp',
      path,
      sizeBytes,
      sha256,
      content,
      ...(sizes.has(path) && { wasThere: true }),
    }));
}

function removals(files: readonly LedgerFile[], kind: LedgerFile['kind']): Step[] {
  return files
    .filter(file => file.kind === kind)
    .map(({ path }) => ({ kind: 'remove-file', volume: 'esp', path }));
}

function toVerification({ path, sizeBytes, sha256 }: FileDigest & { path: string }): Step {
  return { kind: 'verify-file', volume: 'esp', path, sizeBytes, sha256 };
}

function moveDefault({ wanted, partition, layout }: BootWish): Step[] {
  const { path, text } = wanted.defaultSector;
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
    return [{ kind: 'overwrite-sector', volume: 'esp', path, before, after: text }];
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
  return { kind: 'take-over-sector', volume: 'esp', path, before, after };
}
