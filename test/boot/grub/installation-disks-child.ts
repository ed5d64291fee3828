// Run in a mount namespace of its own: lets the real grub-install work on loop devices, and prints
// as JSON what came of it. `/dev` is one of our own there, so that no other device can be meant.
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readEspContents } from '../../../src/boot/grub/installation/esp-contents.ts';
import { measureInstallation } from '../../../src/boot/grub/installation/measure-installation.ts';
import { readGrubPackages } from '../../../src/boot/grub/installation/read-packages.ts';
import { wantedInstallation } from '../../../src/boot/grub/installation/wanted-installation.ts';
import { layoutOf } from '../../../src/boot/layout.ts';
import { runGrubInstall } from '../../../src/commands/machine/run-grub-install.ts';
import { GenctlError } from '../../../src/errors.ts';
import { Folder } from '../../../src/host/folder.ts';
import { Root } from '../../../src/host/root.ts';
import { installationWish } from './installation-wish.ts';

const scratch = process.argv[2] ?? '';
const loops: string[] = [];
process.on('exit', () => {
  spawnSync('umount', ['--recursive', path.join(scratch, 'boot'), path.join(scratch, 'esp')]);
  for (const loop of loops) {
    spawnSync('partx', ['--delete', loop]);
    spawnSync('losetup', ['--detach', loop]);
  }
});

function must(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A `/dev` with what the programs need, and where the test puts its disks. */
function makeDevices(): void {
  const dev = path.join(scratch, 'dev');
  fs.mkdirSync(dev);
  must('mount', '-t', 'tmpfs', 'dev', dev);
  for (const [name, major, minor] of [
    ['null', 1, 3],
    ['zero', 1, 5],
    ['random', 1, 8],
    ['urandom', 1, 9],
    ['loop-control', 10, 237],
  ] as const) {
    must('mknod', path.join(dev, name), 'c', String(major), String(minor));
  }
  for (let minor = 0; minor < 16; minor++) {
    must('mknod', path.join(dev, `loop${minor}`), 'b', '7', String(minor));
  }
  must('mount', '--rbind', dev, '/dev');
  // Where a loop device's partition starts GRUB asks udev, which this /dev has not got.
  const bin = path.join(scratch, 'bin');
  fs.mkdirSync(bin);
  const udevadm = [
    '#!/bin/sh',
    'for last; do :; done',
    'place=$(readlink -f "/sys/class/block/${last#/dev/}") && echo "${place#/sys}"',
    '',
  ];
  fs.writeFileSync(path.join(bin, 'udevadm'), udevadm.join('\n'), { mode: 0o755 });
  process.env['PATH'] = `${bin}:${process.env['PATH']}`;
}

/** A disk with a partition table; its partitions are there as devices of its name and `p1`, … */
function makeDisk(name: string, sizeMegabytes: number, table: 'msdos' | readonly string[]): string {
  const image = path.join(scratch, name);
  fs.writeFileSync(image, '');
  fs.truncateSync(image, sizeMegabytes << 20);
  if (table === 'msdos') fs.writeFileSync(image, msdosTable(sizeMegabytes), { flag: 'r+' });
  else must('sgdisk', ...table, image);
  const loop = must('losetup', '--find', '--show', image).trim();
  loops.push(loop);
  must('partx', '--update', loop);
  const disk = path.basename(loop);
  for (const partition of fs.readdirSync(`/sys/block/${disk}`)) {
    if (!partition.startsWith(disk)) continue;
    const number = fs.readFileSync(`/sys/block/${disk}/${partition}/dev`, 'utf8').trim();
    must('mknod', `/dev/${partition}`, 'b', ...number.split(':'));
  }
  return loop;
}

/** One Linux partition from 1 MiB on. */
function msdosTable(sizeMegabytes: number): Buffer {
  const table = Buffer.alloc(512);
  table[446 + 4] = 0x83;
  table.writeUInt32LE(2048, 446 + 8);
  table.writeUInt32LE(sizeMegabytes * 2048 - 2048, 446 + 12);
  table.writeUInt16LE(0xaa55, 510);
  return table;
}

function mountAt(name: 'boot' | 'esp', ...what: readonly string[]): string {
  const place = path.join(scratch, name);
  fs.mkdirSync(place, { recursive: true });
  must('mount', ...what, place);
  return place;
}

const layout = layoutOf('0a1b2c3d-1111-4222-8333-444455556666');
using root = new Root('/');
const packages = readGrubPackages(root);

type Change = Parameters<typeof installationWish>[0];

/** Installs as a transaction does, and says what came of it. */
async function install(
  boot: string,
  change: Change,
): Promise<{
  tree: string;
  error: { code: string; message: string; hint: string | undefined } | undefined;
  files: string[];
  takenBytes: number;
  measured: ReturnType<typeof measureInstallation>;
}> {
  const place = { boot, ...change.place };
  const wish = { ...change, place, packages: { ...packages, signed: new Map() } };
  const wanted = wantedInstallation(installationWish(wish));
  fs.mkdirSync(path.join(boot, wanted.tree, 'grub'), { recursive: true });
  let error: GenctlError | undefined;
  try {
    await runGrubInstall({ runs: wanted.runs }, async () => {
      must('sync', '-f', boot);
    });
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    error = thrown;
  }
  const names = fs
    .readdirSync(boot, { recursive: true, encoding: 'utf8' })
    .filter(name => name !== 'lost+found' && name !== 'filler');
  const inTree = names.filter(name => name.startsWith(`${wanted.tree}/`));
  return {
    tree: wanted.tree,
    error: error && { code: error.code, message: error.message, hint: error.hint },
    files: names,
    takenBytes: inTree
      .map(name => fs.statSync(path.join(boot, name)))
      .reduce((total, stat) => total + (stat.isFile() ? stat.size : 0), 0),
    measured: measureInstallation(root, wanted),
  };
}

/** Whether the first sector of a disk starts GRUB. */
function startsGrub(loop: string): boolean {
  const sector = Buffer.alloc(512);
  const handle = fs.openSync(loop, 'r');
  fs.readSync(handle, sector, 0, 512, 0);
  fs.closeSync(handle);
  return sector.includes('GRUB ');
}

makeDevices();
const biosBoot = ['--new=1:2048:+1M', '--typecode=1:EF02', '--new=2:0:0'];

const withGap = makeDisk('with-gap', 24, 'msdos');
must('mkfs.ext4', '-q', `${withGap}p1`);
let boot = mountAt('boot', `${withGap}p1`);
const msdos = {
  ...(await install(boot, { place: { devices: [withGap] } })),
  starts: startsGrub(withGap),
};
must('umount', boot);

const first = makeDisk('first', 40, biosBoot);
const second = makeDisk('second', 16, ['--new=1:2048:0']);
must('mkfs.ext4', '-q', `${first}p2`);
boot = mountAt('boot', `${first}p2`);
// The one that cannot be done comes first: the other is done all the same.
const mirrored = {
  ...(await install(boot, { place: { devices: [second, first] } })),
  starts: [startsGrub(second), startsGrub(first)],
  disks: [second, first],
};
const gone = await install(boot, { place: { devices: ['/dev/disk/by-id/gone'] } });

// Only its device is asked what it is: a tmpfs may stand for the mounted FAT, which not every
// kernel has.
const withEsp = makeDisk('with-esp', 40, ['--new=1:2048:0', '--typecode=1:EF00']);
must('mkfs.vfat', `${withEsp}p1`);
const esp = mountAt('esp', '-t', 'tmpfs', `${withEsp}p1`);
const efiPlace = { devices: [], esp };
const efi = await install(boot, { settings: { efiSupport: true }, place: efiPlace });
/** What is on it now; it is not held open, to be unmounted in the end. */
function seenOnEsp(): ReturnType<typeof readEspContents> {
  using top = Folder.atHostPath(esp);
  return readEspContents(top, use, layout);
}
const use = {
  platform: 'x86_64-efi',
  folder: 'EFI/genctl',
  isRemovable: false,
  isSigned: false,
} as const;
const program = (name: string): string =>
  fs.readFileSync(path.join(esp, 'EFI', name)).toString('latin1');
const efiSeen = {
  owner: seenOnEsp().owner,
  namesTree: program('genctl/grubx64.efi').includes(`${efi.tree}/`),
  programBytes: program('genctl/grubx64.efi').length,
};
const upgraded = await install(boot, {
  settings: { efiSupport: true },
  place: efiPlace,
  round: 1,
});
const upgradedSeen = {
  namesTree: program('genctl/grubx64.efi').includes(upgraded.tree),
  namesOld: program('genctl/grubx64.efi').includes(`${efi.tree}/`),
};
await install(boot, {
  settings: { efiSupport: true, efiInstallAsRemovable: true },
  place: efiPlace,
});
const removable = seenOnEsp().removable;
must('umount', esp);

const noFat = mountAt('esp', '-t', 'tmpfs', `${second}p1`);
must('mkfs.ext4', '-q', `${second}p1`);
const notAnEsp = await install(boot, {
  settings: { efiSupport: true, efiBootloaderId: 'other' },
  place: { devices: [], esp: noFat },
});

fs.writeFileSync(path.join(boot, 'filler'), '');
spawnSync('dd', ['if=/dev/zero', `of=${path.join(boot, 'filler')}`, 'bs=16K']);
const full = await install(boot, { place: { devices: [first] }, round: 2 });
fs.rmSync(path.join(boot, 'filler'));
fs.mkdirSync(path.join(boot, 'read-only'));
must('mount', '-o', 'remount,ro', boot);
// The folder of the first installation is there, as a plan would have found it.
const readOnly = await install(boot, { place: { devices: [second, first] } });

process.stdout.write(
  JSON.stringify({
    msdos,
    mirrored,
    gone,
    efi: { ...efi, ...efiSeen },
    upgraded: { ...upgraded, ...upgradedSeen },
    removable,
    notAnEsp,
    full,
    readOnly,
  }),
);
