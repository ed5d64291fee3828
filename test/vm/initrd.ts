// One small initrd for every test machine and every generation.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type CpioNode, cpioArchive } from '../../src/system/initrd/cpio.ts';
import { modulesInLoadOrder } from './kernel-modules.ts';
import type { Parts } from './parts.ts';

/** The disk, both of its file systems (FAT with its character sets), the firmware's variables. */
const wantedModules = [
  'virtio_pci',
  'virtio_blk',
  'crc32c_generic', // ext4 asks for it by name at run time, not as a dependency
  'ext4',
  'nls_cp437',
  'nls_ascii',
  'nls_iso8859-1',
  'nls_utf8',
  'vfat',
  'efivarfs',
];

const applets = ['sh', 'mount', 'insmod', 'cat', 'findfs', 'sleep', 'poweroff', 'switch_root'];

const initScript = fileURLToPath(new URL('guest/initrd-init.sh', import.meta.url));

/**
 * A gzipped initramfs that mounts `root=` read-write and executes `init=` there. Reproducible.
 * `moreModules` are loaded beside those that every machine needs.
 */
export async function buildInitrd(
  parts: Parts,
  moreModules: readonly string[] = [],
): Promise<Buffer> {
  const modules = await modulesInLoadOrder(parts.modules, [...wantedModules, ...moreModules]);
  const folders = ['bin', 'dev', 'modules', 'proc', 'root', 'run', 'sys'];
  const order = modules.map(module => `${module.name}\n`).join('');
  const nodes = new Map<string, CpioNode>([
    ...folders.map((path): [string, CpioNode] => [path, { kind: 'folder' }]),
    // The kernel opens it for init before devtmpfs is mounted.
    ['dev/console', { kind: 'character device', major: 5, minor: 1 }],
    ['init', { kind: 'file', content: await readFile(initScript), executable: true }],
    ['bin/busybox', { kind: 'file', content: await readFile(parts.busybox), executable: true }],
    ...applets.map((name): [string, CpioNode] => [
      `bin/${name}`,
      { kind: 'link', target: 'busybox' },
    ]),
    ['modules/order', { kind: 'file', content: Buffer.from(order) }],
    ...modules.map(({ name, content }): [string, CpioNode] => [
      `modules/${name}.ko`,
      { kind: 'file', content },
    ]),
  ]);
  return gzipSync(Buffer.concat(cpioArchive(nodes)));
}
