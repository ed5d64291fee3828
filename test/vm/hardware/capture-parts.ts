// What the machines for hardware captures boot: Debian's full kernel (the one for clouds lacks most
// disk drivers) and an initramfs with udev and the tools that lay out disks.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CpioNode, cpioArchive } from '../../../src/system/initrd/cpio.ts';
import {
  type Progress,
  packageDependencies,
  unpackClosure,
  unpackPackage,
} from '../debian-packages.ts';
import { toStandardError } from '../parts.ts';
import { runTool } from '../run-tool.ts';
import { removeTree } from '../work-folder.ts';

/** Paths of this machine's file system. */
export interface CaptureParts {
  readonly kernelVersion: string;
  readonly kernel: string;
  /** The kernel's `lib/modules/VERSION`, with all of its modules and depmod's files. */
  readonly modules: string;
  /** An uncompressed initramfs without `/init`: another archive is appended to it. */
  readonly initramfs: string;
}

const cacheFolder = join(dirname(fileURLToPath(import.meta.url)), '../../../.cache/parts');

/** Debian packages; apt finds what they depend on. */
const wantedPackages = [
  'bcache-tools',
  'btrfs-progs',
  'busybox-static',
  'coreutils',
  'cryptsetup-bin',
  'dash',
  'dmsetup',
  'dosfstools',
  'e2fsprogs',
  'f2fs-tools',
  'fdisk',
  'kmod',
  'lvm2',
  'mdadm',
  'mount',
  'udev',
  'util-linux',
  'xfsprogs',
];

/** Of what apt found: only needed by scripts and by tools that are not used here. */
const unneeded = /^(python|perl|lib(perl|python|icu|krb5|gssapi|k5|db5)|initramfs|klibc)/;

/** Paths below the unpacked packages that nothing in the guest reads. */
const left =
  /^(usr\/(share|include|lib\/x86_64-linux-gnu\/gconv)|var|boot|lib\/udev\/hwdb\.d|etc\/(init\.d|cron|pam|security))/;

/** Where the modules are that a machine of QEMU's may ask for, with what they depend on. */
const moduleFolders = [
  'arch/',
  'crypto/',
  'lib/',
  'fs/',
  'drivers/acpi/',
  'drivers/ata/',
  'drivers/block/',
  'drivers/bus/',
  'drivers/cdrom/',
  'drivers/char/',
  'drivers/firmware/',
  'drivers/gpu/drm/tiny/',
  'drivers/gpu/drm/virtio/',
  'drivers/hid/hid-generic',
  'drivers/hid/hid.ko',
  'drivers/hid/usbhid/',
  'drivers/i2c/busses/i2c-i801',
  'drivers/i2c/busses/i2c-piix4',
  'drivers/input/',
  'drivers/md/',
  'drivers/message/',
  'drivers/mfd/lpc_ich',
  'drivers/mmc/',
  'drivers/net/ethernet/intel/e1000',
  'drivers/net/usb/',
  'drivers/net/virtio_net',
  'drivers/net/vmxnet3/',
  'drivers/nvme/',
  'drivers/scsi/',
  'drivers/tty/',
  'drivers/usb/',
  'drivers/virtio/',
  'drivers/watchdog/iTCO',
];
/** Network file systems, adapters of data centres, tests: a third of what these folders hold. */
const unneededModules =
  /^(fs\/(9p|afs|ceph|cifs|coda|dlm|gfs2|nfs|nfsd|ocfs2|smb|ubifs)\/|drivers\/(usb\/(gadget|serial|misc)|block\/(drbd|rbd|rnbd)|scsi\/(lpfc|qla2xxx|qedi|qedf|bnx2i|bnx2fc|cxgbi|csiostor|bfa|fcoe|be2iscsi|elx|fnic))|arch\/x86\/kvm|lib\/test)/;

/**
 * The kernel and the initramfs, downloaded and put together on the first call and found below
 * `.cache/` on later ones; delete `.cache/parts` to take newer versions. amd64 only, about 100 MB
 * of downloads.
 */
export async function obtainCaptureParts(
  progress: Progress = toStandardError,
  cache: string = cacheFolder,
): Promise<CaptureParts> {
  const kernelTree = join(cache, 'linux-image-amd64');
  if (!existsSync(kernelTree)) {
    const depends = await packageDependencies('linux-image-amd64', progress);
    const name = depends.find(candidate => /^linux-image-\d/.test(candidate));
    if (name === undefined) throw new Error('linux-image-amd64 depends on no kernel');
    await unpackPackage(name, kernelTree, progress);
  }
  const [kernelVersion, ...others] = await readdir(join(kernelTree, 'lib/modules'));
  if (kernelVersion === undefined || others.length > 0) {
    throw new Error(`expected one kernel in ${kernelTree}`);
  }
  const modules = join(kernelTree, 'lib/modules', kernelVersion);
  if (!existsSync(join(modules, 'modules.dep'))) {
    progress(`depmod for ${kernelVersion}`);
    await runTool('depmod', ['-b', kernelTree, kernelVersion]);
  }
  const userland = join(cache, 'capture-userland');
  await unpackClosure(wantedPackages, unneeded, userland, progress);
  const initramfs = await buildInitramfs({ cache, kernelTree, kernelVersion, userland }, progress);
  const kernel = join(kernelTree, 'boot', `vmlinuz-${kernelVersion}`);
  return { kernelVersion, kernel, modules, initramfs };
}

interface Sources {
  readonly cache: string;
  readonly kernelTree: string;
  readonly kernelVersion: string;
  readonly userland: string;
}

/** The archive is kept under a name that changes with what goes into it. */
async function buildInitramfs(sources: Sources, progress: Progress): Promise<string> {
  const { cache, kernelTree, kernelVersion, userland } = sources;
  const recipe = [kernelVersion, wantedPackages, moduleFolders, systemFiles];
  const patterns = [unneeded, left, unneededModules].map(String);
  const key = createHash('sha256')
    .update(JSON.stringify([recipe, patterns]))
    .digest('hex');
  const path = join(cache, `capture-initramfs-${key.slice(0, 16)}`);
  if (existsSync(path)) return path;
  progress('putting the initramfs together');
  // By other recipes: 150 MB each.
  for (const name of await readdir(cache)) {
    if (name.startsWith('capture-initramfs-')) await rm(join(cache, name));
  }
  const modules = await neededModules(join(kernelTree, 'lib/modules', kernelVersion));
  const moduleTree = join(cache, `.partial-modules-${process.pid}`);
  try {
    const target = join(moduleTree, 'lib/modules', kernelVersion);
    for (const name of [
      'modules.builtin',
      'modules.builtin.modinfo',
      'modules.order',
      ...modules,
    ]) {
      await mkdir(dirname(join(target, name)), { recursive: true });
      await copyFile(join(kernelTree, 'lib/modules', kernelVersion, name), join(target, name));
    }
    await runTool('depmod', ['-b', moduleTree, kernelVersion]);
    const nodes = new Map([...(await nodesOf(userland)), ...(await nodesOf(moduleTree))]);
    for (const file of systemFiles) nodes.set(file.path, nodeOf(file));
    for (const folder of ['dev', 'newroot', 'proc', 'run', 'sys', 'tmp', 'var', 'var/lib']) {
      nodes.set(folder, { kind: 'folder' });
    }
    nodes.set('dev/console', { kind: 'character device', major: 5, minor: 1 });
    await writeFile(`${path}.${process.pid}`, Buffer.concat(cpioArchive(nodes)));
    await rename(`${path}.${process.pid}`, path);
  } finally {
    await removeTree(moduleTree);
  }
  return path;
}

/** What no package brings. udev looks up the groups of its rules, and takes long where they lack. */
const systemFiles: readonly { path: string; text?: string; target?: string }[] = [
  { path: 'etc/passwd', text: 'root:x:0:0:root:/root:/bin/sh\n' },
  {
    path: 'etc/group',
    text: ['root', 'tty', 'disk', 'lp', 'kmem', 'dialout', 'cdrom', 'tape', 'audio', 'video']
      .concat(['input', 'kvm', 'render', 'sgx', 'floppy', 'plugdev'])
      .map((name, index) => `${name}:x:${index === 0 ? 0 : index + 4}:\n`)
      .join(''),
  },
  // Nobody is there to monitor.
  { path: 'etc/lvm/lvmlocal.conf', text: 'activation {\n\tmonitoring = 0\n}\n' },
  { path: 'bin/sh', target: 'dash' },
  ...['awk', 'sed', 'grep', 'hostname', 'poweroff', 'tar', 'gzip'].map(name => ({
    path: `bin/${name}`,
    target: 'busybox',
  })),
];

function nodeOf({ text, target }: (typeof systemFiles)[number]): CpioNode {
  if (target !== undefined) return { kind: 'link', target };
  return { kind: 'file', content: Buffer.from(text ?? '') };
}

/** Paths below `lib/modules/VERSION`, by depmod's own list of dependencies. */
async function neededModules(folder: string): Promise<readonly string[]> {
  const lines = (await readFile(join(folder, 'modules.dep'), 'utf8')).split('\n').filter(Boolean);
  const needed = new Set<string>();
  for (const line of lines) {
    const [path = '', dependencies = ''] = line.split(':');
    const inKernel = path.replace(/^kernel\//, '');
    const wanted = moduleFolders.some(prefix => inKernel.startsWith(prefix));
    if (!wanted || unneededModules.test(inKernel)) continue;
    // Depmod lists indirect dependencies too.
    for (const name of [path, ...dependencies.split(' ').filter(Boolean)]) needed.add(name);
  }
  return [...needed];
}

/** All that is in a tree, by path. */
async function nodesOf(tree: string): Promise<ReadonlyMap<string, CpioNode>> {
  const nodes = new Map<string, CpioNode>();
  for (const path of await readdir(tree, { recursive: true })) {
    if (left.test(path)) continue;
    const full = join(tree, path);
    const stat = await lstat(full);
    if (stat.isSymbolicLink()) {
      nodes.set(path, { kind: 'link', target: await readlink(full) });
    } else if (stat.isDirectory()) {
      nodes.set(path, { kind: 'folder' });
    } else {
      const content = await readFile(full);
      nodes.set(path, { kind: 'file', content, executable: (stat.mode & 0o100) !== 0 });
    }
  }
  return nodes;
}
