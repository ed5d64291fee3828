import { type Finding, GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import { type FileSystemSpace, isFat } from '../host/file-system-space.ts';
import type { Folder } from '../host/folder.ts';
import { split } from '../host/root.ts';
import { chooseSlots, isOfNewerFormat, slotNames } from '../transaction/ledger-slots.ts';
import type { BootVolumeId } from '../transaction/step.ts';
import {
  type BootLayout,
  isBlobName,
  isGrubBlobName,
  isGrubTreeName,
  isMenuName,
} from './layout.ts';
import { type Ledger, type LedgerFile, parseLedger, stubPath } from './ledger.ts';

/** A boot partition as it is. */
export interface BootPartition {
  volume: BootVolumeId;
  /** Its logical path. */
  mountPoint: string;
  /** Where nothing is mounted there: a folder of some other file system. */
  isFolder?: boolean | undefined;
  isFat: boolean;
  space: FileSystemSpace;
  /**
   * What is ours here; undefined before the first transaction. Where the ledger is lost, what
   * can be told from the names, which hold an owner that is nobody else's.
   */
  ledger: Ledger | undefined;
  /** The ledger as it is written, for the next transaction to start from. */
  ledgerBody: string | undefined;
  /** Sizes of all files in the folders that we write to, by path. */
  sizes: ReadonlyMap<string, number>;
  /** Folders that are there, of those that we write to, and what they take themselves. */
  folders: ReadonlyMap<string, { sizeBytes: number }>;
  /** The files that lead to what boots, by default and once, by path, where they are there. */
  sectors: ReadonlyMap<string, string>;
  /** Files that are ours and were found to be damaged, where their contents were looked at. */
  damaged: ReadonlySet<string>;
  findings: readonly Finding[];
}

/** Reads what is on a boot partition, as far as it concerns us. */
export function readBootPartition(
  top: Folder,
  { volume, mountPoint, isFolder }: Pick<BootPartition, 'volume' | 'mountPoint' | 'isFolder'>,
  layout: BootLayout,
): BootPartition {
  const space = top.space();
  const sizes = new Map<string, number>();
  const folders = new Map([['', { sizeBytes: top.statSelf().sizeBytes }]]);
  const { blobFolder, ledgerFolder, systemdBoot, grub } = layout;
  for (const path of [
    blobFolder,
    ledgerFolder,
    'loader',
    systemdBoot.entryFolder,
    ...systemdBoot.programFolders,
    grub.folder,
    grub.entryFolder,
  ]) {
    collectFolders(path, top, folders);
    using folder = openBelow(top, path);
    for (const name of folder?.names() ?? []) {
      const stat = folder?.stat(name);
      if (stat?.kind === 'file') sizes.set(`${path}/${name}`, stat.sizeBytes);
    }
  }
  const { body, findings } = readLedgerBody(top, layout);
  const ledger = body === undefined ? adoptedLedger(top, layout) : parseLedger(body);
  assertOwner(ledger, layout, top);
  if (body === undefined && ledger !== undefined && findings.length === 0) {
    findings.push(lostLedger(top.join(layout.ledgerFolder), 'the ledger is gone'));
  }
  // What was adopted lies where others have put it, and each GRUB in a folder of its own.
  const stubs = (ledger?.grub?.trees ?? []).map(stubPath);
  const elsewhere = [...(ledger?.files ?? []).map(({ path }) => path), ...stubs];
  for (const path of elsewhere) {
    const sizeBytes = sizes.has(path) ? undefined : fileSize(top, path);
    if (sizeBytes !== undefined) sizes.set(path, sizeBytes);
  }
  return {
    volume,
    mountPoint,
    isFolder,
    isFat: isFat(space),
    space,
    ledger,
    ledgerBody: body,
    sizes,
    folders,
    sectors: readSectors(top, [systemdBoot.sector, grub.sector, grub.environment, ...stubs], sizes),
    damaged: new Set(),
    findings,
  };
}

/** The folder at a path below the top, no link followed; undefined where a part is missing. */
export function openBelow(top: Folder, path: string): Folder | undefined {
  let folder: Folder | undefined = top.duplicate();
  for (const name of path.split('/')) {
    using parent: Folder = folder;
    folder = ifThere(() => parent.openIfThere(name), ['NOT_A_FOLDER']);
    if (folder === undefined) return undefined;
  }
  return folder;
}

/** Much more than any loader's settings take. */
const maxSettingsBytes = 1 << 16;

function readSectors(
  top: Folder,
  paths: readonly string[],
  sizes: ReadonlyMap<string, number>,
): Map<string, string> {
  const sectors = new Map<string, string>();
  for (const path of paths) {
    // A file of another size is none of a loader's; it is told by its size.
    if ((sizes.get(path) ?? Infinity) > maxSettingsBytes) continue;
    const { parent, name } = split(`/${path}`);
    using folder = openBelow(top, parent.slice(1));
    const text = folder?.readFileIfThere(name, maxSettingsBytes)?.toString('utf8');
    if (text !== undefined) sectors.set(path, text);
  }
  return sectors;
}

function fileSize(top: Folder, path: string): number | undefined {
  const { parent, name } = split(`/${path}`);
  using folder = parent === '/' ? top.duplicate() : openBelow(top, parent.slice(1));
  const stat = folder?.stat(name);
  return stat?.kind === 'file' ? stat.sizeBytes : undefined;
}

function collectFolders(
  path: string,
  top: Folder,
  found: Map<string, { sizeBytes: number }>,
): void {
  const parts = path.split('/');
  for (let count = 1; count <= parts.length; count++) {
    const prefix = parts.slice(0, count).join('/');
    if (found.has(prefix)) continue;
    using folder = openBelow(top, prefix);
    if (folder === undefined) return;
    found.set(prefix, { sizeBytes: folder.statSelf().sizeBytes });
  }
}

function readLedgerBody(
  top: Folder,
  layout: BootLayout,
): { body: string | undefined; findings: Finding[] } {
  using folder = openBelow(top, layout.ledgerFolder);
  if (folder === undefined) return { body: undefined, findings: [] };
  const texts = slotNames.map(name => folder.readFileIfThere(name)?.toString('utf8'));
  if (texts.some(isOfNewerFormat)) {
    throw new GenctlError(
      'LEDGER_TOO_NEW',
      `${folder.path}: the ledger was written by a newer genctl`,
      { hint: 'Use the newer genctl for changes on this machine.' },
    );
  }
  const { newest } = chooseSlots(texts);
  const isLost = newest === undefined && texts.some(text => text !== undefined);
  return {
    body: newest?.body,
    findings: isLost ? [lostLedger(folder.path, 'both copies of the ledger are damaged')] : [],
  };
}

function lostLedger(subject: string, why: string): Finding {
  return {
    code: 'LEDGER_LOST',
    subject,
    reason: `${why}, so only names tell what is ours here`,
    hint: 'Check the file system (fsck.vfat), then run `genctl loader install`, which writes a new ledger.',
  };
}

/**
 * What must be ours without a ledger that says so, or it would stay for ever: entries that start
 * with our owner's digits, and blobs that are named as we name them in our own folder.
 */
function adoptedLedger(top: Folder, layout: BootLayout): Ledger | undefined {
  const files = [
    ...[layout.systemdBoot, layout.grub].flatMap(({ entryFolder }) =>
      adopted(top, entryFolder, 'entry', name => name.startsWith(layout.entryPrefix)),
    ),
    ...adopted(top, layout.grub.folder, 'menu', isMenuName),
    ...adopted(top, layout.grub.folder, 'blob', isGrubBlobName),
    ...adopted(top, layout.blobFolder, 'blob', isBlobName),
  ];
  const trees = grubTrees(top, layout);
  if (files.length + trees.length === 0) return undefined;
  const grub = trees.length === 0 ? {} : { grub: { state: undefined, trees } };
  return { owner: layout.owner, files, ...grub };
}

/** Whether installations of GRUB are in their folders, of which nobody knows how far they came. */
function grubTrees(top: Folder, { grub }: BootLayout): string[] {
  using folder = openBelow(top, grub.folder);
  const names = folder?.names().filter(name => isGrubTreeName(name)) ?? [];
  return names
    .filter(name => folder?.stat(name)?.kind === 'folder')
    .map(name => `${grub.folder}/${name}`);
}

function adopted(
  top: Folder,
  path: string,
  kind: LedgerFile['kind'],
  isOurs: (name: string) => boolean,
): LedgerFile[] {
  using folder = openBelow(top, path);
  if (folder === undefined) return [];
  const names = folder.names().filter(name => isOurs(name) && folder.stat(name)?.kind === 'file');
  return names.map(name => ({ path: `${path}/${name}`, ...folder.digest(name), kind }));
}

/** Names hold only the first digits of an owner's UUID. */
function assertOwner(
  ledger: Ledger | undefined,
  { owner, ledgerFolder }: BootLayout,
  top: Folder,
): void {
  if (ledger === undefined || ledger.owner === owner) return;
  throw new GenctlError(
    'LEDGER_OF_ANOTHER',
    `${top.join(ledgerFolder)} belongs to the installation ${ledger.owner}, and this one is ${owner}`,
    {
      hint: 'Was /nix/var/genctl/state.json copied, or written by hand? Restore the right one; two installations cannot share a name.',
    },
  );
}
