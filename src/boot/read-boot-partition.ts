import { type Finding, GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { FileSystemSpace, Folder } from '../host/folder.ts';
import { isFat, isFatName, type Mount, mountAt, readMounts } from '../host/mounts.ts';
import type { Root } from '../host/root.ts';
import { chooseSlots, isOfNewerFormat, slotNames } from '../transaction/ledger-slots.ts';
import { type BootLayout, isBlobName } from './layout.ts';
import { type Ledger, type LedgerFile, parseLedger } from './ledger.ts';

/** A boot partition as it is. */
export interface BootPartition {
  /** Its logical path. */
  mountPoint: string;
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
  /** Folders that are there, of those that we write to. */
  folders: ReadonlySet<string>;
  loaderConf: string | undefined;
  findings: readonly Finding[];
}

/**
 * Opens the top of the ESP, after making sure that it is one.
 *
 * @throws GenctlError ESP_NOT_MOUNTED, ESP_NOT_FAT
 */
export function openEsp(root: Root, mountPoint: string): Folder {
  const hostPath = root.onHost(mountPoint);
  const mount = mountOf(root, mountPoint);
  const folder = root.folderIfThere(mountPoint);
  if (folder === undefined) throw notMounted(root, hostPath);
  if (mount === undefined) assertAssembledEsp(root, folder, hostPath);
  else if (root.isLive) assertFat(mount, hostPath);
  return folder;
}

/**
 * Opens the top of an ESP that will be written to.
 *
 * @throws GenctlError ESP_READ_ONLY, and those of `openEsp`
 */
export function openEspForChange(root: Root, mountPoint: string): Folder {
  const mount = mountOf(root, mountPoint);
  if (mount !== undefined) assertWritable(mount, root.onHost(mountPoint));
  return openEsp(root, mountPoint);
}

/**
 * What is mounted there, or where a link of that name leads. systemd mounts an ESP only when
 * somebody looks into its folder.
 */
function mountOf(root: Root, mountPoint: string): Mount | undefined {
  const realPath = ifThere(() => root.realPath(mountPoint), ['FILE_MISSING', 'NOT_A_FOLDER']);
  const hostPath = root.onHost(realPath ?? mountPoint);
  const mount = mountAt(readMounts(), hostPath);
  if (mount?.fileSystem !== 'autofs') return mount;
  using folder = root.folderIfThere(mountPoint);
  folder?.names();
  return mountAt(readMounts(), hostPath);
}

/** Reads what is on a boot partition, as far as it concerns us. */
export function readBootPartition(
  top: Folder,
  mountPoint: string,
  layout: BootLayout,
): BootPartition {
  const space = top.space();
  const sizes = new Map<string, number>();
  const folders = new Set<string>();
  for (const path of layout.loaderFolders) collectFolders(path, top, folders);
  for (const path of [layout.blobFolder, layout.entryFolder, layout.ledgerFolder]) {
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
  using loader = openBelow(top, 'loader');
  return {
    mountPoint,
    isFat: isFat(space),
    space,
    ledger,
    ledgerBody: body,
    sizes,
    folders,
    loaderConf: loader?.readFileIfThere('loader.conf', 1 << 16)?.toString('utf8'),
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

function collectFolders(path: string, top: Folder, found: Set<string>): void {
  const parts = path.split('/');
  for (let count = 1; count <= parts.length; count++) {
    const prefix = parts.slice(0, count).join('/');
    using folder = openBelow(top, prefix);
    if (folder === undefined) return;
    found.add(prefix);
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
  const finding: Finding = {
    code: 'LEDGER_LOST',
    subject: folder.path,
    reason: 'both copies of the ledger are damaged, so only names tell what is ours here',
    hint: 'Check the file system (fsck.vfat), then run `genctl loader install`, which writes a new ledger.',
  };
  return { body: newest?.body, findings: isLost ? [finding] : [] };
}

/**
 * What must be ours without a ledger that says so, or it would stay for ever: entries that start
 * with our owner's digits, and blobs that are named as we name them in our own folder.
 */
function adoptedLedger(top: Folder, layout: BootLayout): Ledger | undefined {
  const files = [
    ...adopted(top, layout.entryFolder, 'entry', name => name.startsWith(layout.entryPrefix)),
    ...adopted(top, layout.blobFolder, 'blob', isBlobName),
  ];
  return files.length === 0 ? undefined : { owner: layout.owner, files };
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

/**
 * Without a mount the path is a plain folder. On another root that is how images are assembled,
 * but it may as well be a mount point that was forgotten: then it is empty.
 */
function assertAssembledEsp(root: Root, folder: Folder, hostPath: string): void {
  using efi = root.isLive ? undefined : folder.openIfThere('EFI');
  if (efi !== undefined) return;
  folder[Symbol.dispose]();
  throw notMounted(root, hostPath);
}

/** Firmware reads nothing but FAT: a /boot on ext4 is not what it boots from. */
function assertFat({ fileSystem }: Mount, hostPath: string): void {
  if (isFatName(fileSystem)) return;
  throw new GenctlError('ESP_NOT_FAT', `${hostPath} is ${fileSystem}, which no firmware can read`, {
    hint: 'Set efiSysMountPoint in [boot.loader] to where the EFI system partition is mounted, often /boot/efi.',
  });
}

function assertWritable(mount: Mount, hostPath: string): void {
  if (!mount.options.includes('ro') && !mount.superOptions.includes('ro')) return;
  throw new GenctlError('ESP_READ_ONLY', `the ESP at ${hostPath} is mounted read-only`, {
    hint: `Mount it read-write: mount -o remount,rw ${hostPath} (FAT turns read-only on errors: run fsck.vfat first).`,
  });
}

function notMounted(root: Root, hostPath: string): GenctlError {
  return new GenctlError('ESP_NOT_MOUNTED', `no EFI system partition is mounted at ${hostPath}`, {
    hint: root.isLive
      ? `Mount it there, or set efiSysMountPoint in [boot.loader] to where it is.`
      : `Mount it there; or, where an image is assembled in a folder, make its EFI folder: mkdir -p ${hostPath}/EFI`,
  });
}
