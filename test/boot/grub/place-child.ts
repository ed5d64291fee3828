import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as assert from 'uvu/assert';
import type { GrubWish } from '../../../src/boot/grub/devices/grub-wish.ts';
import type { GrubDevice, GrubPlace } from '../../../src/boot/grub/grub-place.ts';
import { readGrubPlace } from '../../../src/boot/grub/read-place.ts';
import { Root } from '../../../src/host/root.ts';

// Runs in a mount namespace of its own, as root. Makes a disk with some file systems, mounts them
// below a root, and compares what is found out with what grub-mkrelpath, grub-probe and GRUB's own
// drivers (grub-fstest) say. What is mounted ends with the process; the loop device is given back.

const [, , layout = '', scratch = ''] = process.argv;
const target = path.join(scratch, 'target');
const image = path.join(scratch, 'disk');
const deviceMap = path.join(scratch, 'device.map');
const sectorBytes = 512;
const megabyte = 1 << 20;

function say(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout.replace(/\n$/, '');
}

/** A disk with partitions of these sizes; their devices. */
function makeDisk(table: 'gpt' | 'dos', sizesMegabytes: readonly number[]): string[] {
  const total = sizesMegabytes.reduce((sum, size) => sum + size, 4);
  fs.writeFileSync(image, '');
  fs.truncateSync(image, total * megabyte);
  if (table === 'dos') writeDosTable(sizesMegabytes);
  else {
    const partitions = sizesMegabytes.map((size, at) => `--new=${at + 1}:0:+${size}M`);
    say('sgdisk', ...partitions, image);
  }
  const disk = say('losetup', '--find', '--show', image);
  process.on('exit', () => {
    spawnSync('umount', ['--recursive', target]);
    spawnSync('partx', ['--delete', disk]);
    spawnSync('losetup', ['--detach', disk]);
  });
  // The kernel of a test machine may know no partition tables.
  say('partx', '--update', disk);
  return sizesMegabytes.map((_, at) => `${disk}p${at + 1}`);
}

function writeDosTable(sizesMegabytes: readonly number[]): void {
  const sector = Buffer.alloc(sectorBytes);
  let start = megabyte / sectorBytes;
  for (const [at, size] of sizesMegabytes.entries()) {
    const entry = 446 + 16 * at;
    sector[entry + 4] = 0x83;
    sector.writeUInt32LE(start, entry + 8);
    sector.writeUInt32LE((size * megabyte) / sectorBytes, entry + 12);
    start += (size * megabyte) / sectorBytes;
  }
  sector.writeUInt32LE(0x67656e63, 440);
  sector.writeUInt16LE(0xaa55, 510);
  const handle = fs.openSync(image, 'r+');
  fs.writeSync(handle, sector, 0, sectorBytes, 0);
  fs.closeSync(handle);
}

function mount(device: string, at: string, ...options: readonly string[]): void {
  fs.mkdirSync(at, { recursive: true });
  say('mount', ...options, device, at);
}

function put(...folders: readonly string[]): void {
  for (const folder of folders) {
    fs.mkdirSync(path.join(target, folder), { recursive: true });
    fs.writeFileSync(path.join(target, folder, 'file'), `here is ${folder}`);
  }
}

const wish: GrubWish = {
  bootMountPoint: '/boot',
  fsIdentifier: 'uuid',
  copyKernels: false,
  enableCryptodisk: false,
  provided: new Map(),
};

/** What is found out of the root, which is closed again: an open one could not be unmounted. */
async function placeBelow(told: Partial<GrubWish> = {}): Promise<GrubPlace> {
  using root = new Root(target);
  return await readGrubPlace(root, { ...wish, ...told });
}

/**
 * What GRUB says of a folder has to be what we say: GRUB itself, which sees the disk and no mounts.
 * (grub-probe cannot tell of a partition of a loop device where it begins.)
 */
function compare(device: GrubDevice, folder: string, partition: string): void {
  const place = path.join(target, folder);
  assert.is(device.path, say('grub-mkrelpath', place));
  // GRUB replays no journal, and XFS leaves new names there after a sync.
  const mountPoint = say('findmnt', '--noheadings', '--output', 'TARGET', '--target', place);
  say('fsfreeze', '--freeze', mountPoint);
  say('fsfreeze', '--unfreeze', mountPoint);
  const seen = say('grub-fstest', image, 'ls', `(loop0,${partition})`);
  const [, kind] = /Filesystem type ([^ ,]+)/.exec(seen) ?? [];
  const table = `part_${partition.replace(/\d+$/, '')}`;
  assert.equal(device.modules, [table, kind === 'ext*' ? 'ext2' : kind]);
  const { by, value } = device.search;
  assert.match(seen, by === 'label' ? `Label \`${value}'` : `UUID ${value}`);
  const file = `(loop0,${partition})${device.path}/file`;
  assert.is(say('grub-fstest', image, 'cat', file), `here is ${folder}`);
}

async function btrfs(): Promise<void> {
  const [device = ''] = makeDisk('gpt', [160]);
  say('mkfs.btrfs', '--quiet', '--label', 'my root', device);
  mount(device, target);
  for (const name of ['@ my, root', '@ my, root/nix', 'other']) {
    say('btrfs', '-q', 'subvolume', 'create', path.join(target, name));
  }
  say('btrfs', 'subvolume', 'set-default', path.join(target, 'other'));
  say('umount', target);
  // A comma in a name is nothing that an option could say.
  mount(device, path.join(scratch, 'top'), '-o', 'subvolid=5');
  say('mount', '--bind', path.join(scratch, 'top', '@ my, root'), target);
  put('boot', 'nix/store');
  const place = await placeBelow();
  compare(place.boot, 'boot', 'gpt1');
  assert.ok('path' in place.store, JSON.stringify(place.store));
  compare(place.store, 'nix/store', 'gpt1');
  const labelled = await placeBelow({ fsIdentifier: 'label' });
  assert.equal(labelled.boot.search, { by: 'label', value: 'my root' });
  compare(labelled.boot, 'boot', 'gpt1');
  say('umount', target);
  // Without an option the default subvolume is what is seen, and its path counts all the same.
  mount(device, target);
  put('boot');
  const { boot } = await placeBelow();
  assert.is(boot.path, '/other/boot');
  compare(boot, 'boot', 'gpt1');
  say('umount', path.join(scratch, 'top'));
}

/** Two file systems: the menu's and the store's. */
async function apart(table: 'gpt' | 'dos', rootKind: string, ...rootArgs: string[]): Promise<void> {
  const [bootDevice = '', rootDevice = ''] = makeDisk(table, [32, 320]);
  say('mkfs.ext4', '-q', bootDevice);
  say(`mkfs.${rootKind}`, '-q', ...rootArgs, rootDevice);
  mount(rootDevice, target);
  put('boot', 'nix/store');
  const partition = table === 'gpt' ? 'gpt' : 'msdos';
  const together = await placeBelow();
  compare(together.boot, 'boot', `${partition}2`);
  compare(together.store as GrubDevice, 'nix/store', `${partition}2`);
  mount(bootDevice, path.join(target, 'boot'));
  put('boot');
  const separate = await placeBelow();
  compare(separate.boot, 'boot', `${partition}1`);
  assert.is(separate.boot.path, '');
  assert.match(JSON.stringify(separate.store), /\/boot is a file system of its own/);
  // A part of it that is mounted by itself is still that part.
  say('mount', '--bind', path.join(target, 'nix'), path.join(target, 'nix'));
  put('boot/menu');
  say('umount', path.join(target, 'boot'));
  say('mount', '--bind', '-o', 'ro', path.join(target, 'nix/store'), path.join(target, 'boot'));
  const bound = await placeBelow();
  assert.is(bound.boot.path, '/nix/store');
  assert.ok('path' in bound.store);
}

/** What GRUB cannot read is said before anything is installed there. */
async function refused(): Promise<void> {
  const [device = ''] = makeDisk('gpt', [32]);
  say('mkfs.ext4', '-q', '-O', 'inline_data', device);
  mount(device, target);
  put('boot', 'nix/store');
  const thrown = await placeBelow().catch((error: unknown) => error);
  assert.match(String(thrown), /GRUB cannot read .*\/boot: it is on ext4 with .*inline_data/);
  const seen = say('grub-fstest', image, 'ls', '(loop0,gpt1)');
  assert.match(seen, 'No known filesystem');
}

/** No partition table: here grub-probe has a say too. */
async function wholeDisk(): Promise<void> {
  fs.writeFileSync(image, '');
  fs.truncateSync(image, 32 * megabyte);
  say('mkfs.ext4', '-q', image);
  mount(image, target, '--options', 'loop');
  put('boot', 'nix/store');
  const { boot } = await placeBelow();
  const device = say('findmnt', '--noheadings', '--output', 'SOURCE', target);
  fs.writeFileSync(deviceMap, `(hd0) ${device}\n`);
  const probe = (what: string): string =>
    say('grub-probe', '--device-map', deviceMap, '--target', what, path.join(target, 'boot'));
  assert.equal(boot.modules, [probe('fs')]);
  assert.equal([probe('partmap'), probe('abstraction')], ['', '']);
  assert.equal(boot.search, { by: 'fs-uuid', value: probe('fs_uuid') });
  assert.is(boot.path, say('grub-mkrelpath', path.join(target, 'boot')));
  say('umount', target);
}

/** Nothing is mounted for the root: the machine's own disk is not what its files will be on. */
async function assembled(): Promise<void> {
  put('boot', 'nix/store');
  const thrown = await placeBelow().catch((error: unknown) => error);
  assert.match(String(thrown), /nothing is mounted there/);
  const fileSystem = { device: 'LABEL=root', fsType: 'ext4', options: [] };
  const { boot } = await placeBelow({ provided: new Map([['/', fileSystem]]) });
  assert.equal([boot.search, boot.path], [{ by: 'label', value: 'root' }, '/boot']);
}

const layouts: Readonly<Record<string, () => Promise<void>>> = {
  btrfs,
  'ext4-gpt': () => apart('gpt', 'ext4', '-L', 'my root'),
  'ext4-dos': () => apart('dos', 'ext4'),
  'xfs-gpt': () => apart('gpt', 'xfs'),
  'whole-disk': wholeDisk,
  refused,
  assembled,
};

await layouts[layout]?.();
process.stdout.write(`compared ${layout}\n`);
