import { randomBytes } from 'node:crypto';
import type { Folder } from '../../../host/folder.ts';
import type { Root } from '../../../host/root.ts';

/** Folders that a root has besides what its system brings, with their modes. */
type Folders = Readonly<Record<string, number>>;

/** What stage 2 mounts the kernel's file systems on. */
const mountPoints: Folders = {
  '/dev': 0o755,
  '/proc': 0o555,
  '/run': 0o755,
  '/sys': 0o555,
  '/tmp': 0o1777,
};

/** The rest of the Filesystem Hierarchy Standard's, for a system that brings its own `/usr`. */
const hierarchy: Folders = {
  '/boot': 0o755,
  '/etc': 0o755,
  '/home': 0o755,
  '/media': 0o755,
  '/mnt': 0o755,
  '/opt': 0o755,
  '/root': 0o700,
  '/srv': 0o755,
  '/usr': 0o755,
  '/usr/lib': 0o755,
  '/var': 0o755,
  '/var/tmp': 0o1777,
};

/** Who gives a machine the identity that it keeps: machine-id(5). */
export type MachineIdentity =
  /** This very installation. */
  | 'from-now'
  /** The first boot: of one image many machines are made. */
  | 'from-first-boot';

/** Where the machine-id is missing or empty, the machine gets one; or an empty file to write it to. */
export function layMachineId(root: Root, identity: MachineIdentity): void {
  using etc = root.folderOrMake('/etc');
  const before = etc.readTextIfThere('machine-id');
  if (identity === 'from-first-boot') {
    // Were there no file, the first boot would also ask for a time zone and a password.
    if (before === undefined) etc.createFile('machine-id', Buffer.alloc(0), 0o444);
    return;
  }
  if (before !== undefined && before.trim() !== '') return;
  // As by RFC 9562, a random UUID of version 4: 4 bits say the version, 2 the variant.
  const id = randomBytes(16);
  id[6] = ((id[6] as number) & 0x0f) | 0x40;
  id[8] = ((id[8] as number) & 0x3f) | 0x80;
  layWhole(etc, 'machine-id', `${id.toString('hex')}\n`, 0o444);
}

/** Makes the folders that any system needs on its root. What is there stays as it is. */
export function layMountPoints(root: Root): void {
  layFolders(root, mountPoints);
}

/**
 * Makes what the root of a system that brings its own `/usr` has besides: folders, the links of a
 * merged `/usr`, and what tells systemd that `/etc` and `/var` are as new as `/usr`.
 *
 * @param tree the system's operating-system tree, a logical path
 */
export function layHierarchy(root: Root, tree: string): void {
  layFolders(root, hierarchy);
  using top = root.folder('/');
  using source = root.folder(tree);
  for (const name of source.names()) {
    const target = source.readLinkIfThere(name);
    if (target !== undefined && top.stat(name) === undefined) top.makeLink(name, target);
  }
  top.sync();
  layOsRelease(root, tree);
  for (const path of ['/etc', '/var']) {
    using folder = root.folder(path);
    if (folder.stat('.updated') === undefined) folder.createFile('.updated', Buffer.alloc(0));
    folder.sync();
  }
}

/**
 * Below the `/usr` that will be mounted: an initrd that is built on systemd looks for it before, and
 * takes a root without one for no operating system.
 */
function layOsRelease(root: Root, tree: string): void {
  const text = root.readFileIfThere(`${tree}/usr/lib/os-release`)?.toString('utf8');
  using folder = root.folder('/usr/lib');
  if (text === undefined || folder.readTextIfThere('os-release') === text) return;
  layWhole(folder, 'os-release', text, 0o644);
}

function layFolders(root: Root, folders: Folders): void {
  for (const [path, mode] of Object.entries(folders)) {
    if (root.stat(path) !== undefined) continue;
    const name = path.slice(path.lastIndexOf('/') + 1);
    using above = root.folder(path.slice(0, -name.length));
    above.makeFolder(name, 0o700);
    // A mode with a sticky bit mkdir(2) does not make.
    above.setMode(name, mode);
    above.sync();
  }
}

/** A name that always leads to a whole text. */
function layWhole(folder: Folder, name: string, text: string, mode: number): void {
  const draft = `.${name}.genctl`;
  folder.removeTree(draft);
  folder.createFile(draft, Buffer.from(text), mode);
  folder.rename(draft, name);
  folder.sync();
}
