// Disk images, read back by the tools of others. Needs root, and Debian's packages fdisk,
// dosfstools, mtools and e2fsprogs; for GRUB grub-common, grub-pc-bin and grub-efi-amd64-bin.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused } from './refusal.ts';
import { Sandbox } from './sandbox.ts';
import { hasProgram, testWhere } from './test-where.ts';
import { changesBetween } from './tree-snapshot.ts';

const mebibyte = 1 << 20;

const canMakeImages =
  process.getuid?.() === 0 &&
  [
    ['sfdisk', '--version'],
    ['mkfs.vfat', '--help'],
    ['mcopy', '--version'],
    ['mkfs.ext4', '-V'],
  ].every(([program = '', ...args]) => hasProgram(program, ...args));

const hasGrub =
  hasProgram('grub-mkimage', '--version') &&
  ['i386-pc', 'x86_64-efi'].every(platform => fs.existsSync(`/usr/lib/grub/${platform}`));

const withGrub = { where: hasGrub, alsoNeeds: ', and GRUB for BIOS and UEFI' };

function testImage(
  name: string,
  work: (sandbox: Sandbox) => void,
  { where = true, alsoNeeds = '' } = {},
): void {
  testWhere(
    canMakeImages && where,
    `root, sfdisk, mtools, mkfs.vfat and mkfs.ext4${alsoNeeds}`,
    name,
    () => {
      using sandbox = Sandbox.blank();
      declare(sandbox);
      work(sandbox);
    },
  );
}

const uuid = '0d5a6f3c-5f0e-4a52-9d1b-2f6f6c1f0a11';

function declare(sandbox: Sandbox, root = `UUID=${uuid}`, ...more: readonly string[]): void {
  sandbox.declare({ hostName: 'atlas', etc: { motd: 'welcome to atlas\n' } });
  const sections = [
    '[fileSystems "/"]',
    `device = ${root}`,
    'fsType = ext4',
    '[fileSystems "/boot"]',
    'device = LABEL=ATLAS-ESP',
    'fsType = vfat',
    ...more,
  ];
  fs.appendFileSync(sandbox.at('/etc/genctl/system.conf'), `${sections.join('\n')}\n`);
}

function fileIn(sandbox: Sandbox): string {
  return path.join(sandbox.folder, 'disk.img');
}

function must(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.is(status, 0, `${program} ${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

interface MadeImage {
  system: string;
  partitions: { mountPoint: string; offsetBytes: number; sizeBytes: number }[];
}

/** A partition of an image, in a file of its own. */
function partition(sandbox: Sandbox, { partitions }: MadeImage, mountPoint: string): string {
  const found = partitions.find(each => each.mountPoint === mountPoint);
  assert.ok(found, mountPoint);
  const file = path.join(sandbox.folder, `partition-${partitions.indexOf(found)}`);
  const [skip, count] = [found.offsetBytes / mebibyte, found.sizeBytes / mebibyte];
  must('dd', `if=${fileIn(sandbox)}`, `of=${file}`, 'bs=1M', `skip=${skip}`, `count=${count}`);
  return file;
}

testImage('an image has the partitions, the loader and the system of its declaration', sandbox => {
  const before = sandbox.snapshot();
  const made = sandbox.runWell('image', '--size', '256M', fileIn(sandbox), '--json')
    .json as MadeImage;
  const changed = changesBetween(before, sandbox.snapshot()).filter(line => line !== '+ /run');
  assert.equal(changed, [], 'the machine that makes it stays as it is');
  assert.equal(fs.readdirSync(sandbox.folder).toSorted(), ['disk.img', 'root']);
  const { size, mode } = fs.statSync(fileIn(sandbox));
  assert.equal([size, mode & 0o777], [256 * mebibyte, 0o600]);
  assert.match(must('sfdisk', '--verify', fileIn(sandbox)), /^No errors detected/m);

  const esp = partition(sandbox, made, '/boot');
  must('fsck.vfat', '-n', esp);
  assert.match(must('blkid', '-p', esp), / LABEL="ATLAS-ESP" /);
  const conf = must('mtype', '-i', esp, '::/loader/loader.conf');
  const [, entry] = /^default (genctl-\S+)$/m.exec(conf) ?? [];
  const options = must('mtype', '-i', esp, `::/loader/entries/${entry}`);
  assert.match(options, new RegExp(`init=${made.system}/init .*root=UUID=${uuid}`));
  const loader = must('mtype', '-i', esp, '::/EFI/BOOT/BOOTX64.EFI');
  assert.is(loader, sandbox.read('/usr/lib/systemd/boot/efi/systemd-bootx64.efi'));

  const root = partition(sandbox, made, '/');
  must('e2fsck', '-fn', root);
  assert.match(must('blkid', '-p', root), new RegExp(` UUID="${uuid}" `));
  const inRoot = (request: string): string => must('debugfs', '-R', request, root);
  const link = '/nix/var/nix/profiles/system-1-link';
  assert.is(inRoot(`cat ${link}`), made.system);
  assert.match(inRoot('stat /etc/motd'), /\/etc\/static\/motd/);
  assert.match(inRoot('cat /etc/genctl/system.conf'), /hostName = atlas/);
  // Each machine that is made of it becomes another one.
  assert.match(inRoot('stat /etc/machine-id'), /Size: 0$/m);
  assert.is(inRoot('ls -p /run').trim().split('\n').length, 2, 'only . and ..');
});

testImage('links in etc/ are links in the image, wherever they lead', sandbox => {
  const links = {
    'masked.service': '/dev/null',
    'own.service': '/usr/lib/systemd/system/of-it.service',
  };
  const units = sandbox.at('/etc/genctl/etc/systemd/system');
  fs.mkdirSync(units, { recursive: true });
  for (const [name, target] of Object.entries(links)) {
    fs.symlinkSync(target, path.join(units, name));
  }
  fs.chmodSync(sandbox.at('/etc/genctl'), 0o700);
  const made = sandbox.runWell('image', '--size', '256M', fileIn(sandbox), '--json')
    .json as MadeImage;
  assert.is(sandbox.runWell('build').stdout.trim(), made.system, 'as if it was built here');
  const root = partition(sandbox, made, '/');
  const inRoot = (request: string): string => must('debugfs', '-R', request, root);
  for (const [name, target] of Object.entries(links)) {
    const file = `/etc/genctl/etc/systemd/system/${name}`;
    assert.match(inRoot(`stat ${file}`), `Fast link dest: "${target}"`);
  }
  assert.match(inRoot('stat /etc/genctl'), /Mode: +0700/);
});

testImage('nothing is written over', sandbox => {
  fs.writeFileSync(fileIn(sandbox), 'precious');
  assertRefused(sandbox, ['image', '--size', '256M', fileIn(sandbox)], {
    code: 'FILE_EXISTS',
    message: `${fileIn(sandbox)} is there already`,
    hint: 'Move it away, or give another name: an image is never written over anything.',
  });
  assert.is(fs.readFileSync(fileIn(sandbox), 'utf8'), 'precious');
});

testImage('what fails half-way leaves nothing', sandbox => {
  const noise = path.join(sandbox.at('/etc/genctl/etc'), 'noise');
  fs.writeFileSync(noise, Buffer.alloc(70 * mebibyte, 'noise '));
  assertRefused(sandbox, ['image', '--size', '130M', fileIn(sandbox)], {
    code: 'IMAGE_TOO_SMALL',
    message: /^the image has no room: the root file system takes 1\d\d\.\d MiB and the ESP/,
    hint: 'Give it a larger --size.',
  });
  assert.equal(fs.readdirSync(sandbox.folder), ['root']);
});

testImage('Ctrl-C leaves nothing', sandbox => {
  const programs = path.join(sandbox.folder, 'programs');
  fs.mkdirSync(programs);
  const script = '#!/bin/sh\nkill -INT $PPID\nexec sleep 60\n';
  fs.writeFileSync(path.join(programs, 'mkfs.ext4'), script, { mode: 0o755 });
  const { exitCode, stderr } = sandbox.run(['image', '--size', '256M', fileIn(sandbox)], {
    env: { PATH: `${programs}:${process.env['PATH']}` },
  });
  assert.is(exitCode, 130, stderr);
  assert.match(stderr, /^error\[INTERRUPTED\]: .*disk\.img: not made, by SIGINT$/m);
  assert.equal(fs.readdirSync(sandbox.folder).toSorted(), ['programs', 'root']);
});

/** Declares GRUB, with the partitions that it takes. */
function declareGrub(sandbox: Sandbox, root: string, lines: readonly string[]): void {
  sandbox.edit('/etc/genctl/system.conf', text => text.slice(0, text.indexOf('[fileSystems')));
  const sections = [
    '[boot.loader]',
    'kind = grub',
    '[fileSystems "/"]',
    `device = ${root}`,
    'fsType = ext4',
    ...lines,
  ];
  fs.appendFileSync(sandbox.at('/etc/genctl/system.conf'), `${sections.join('\n')}\n`);
}

const forBios = ['[boot.loader.grub]', 'device = /dev/vda'];

testImage(
  'an image with GRUB for a BIOS starts its core image, which finds the menu',
  sandbox => {
    declareGrub(sandbox, 'LABEL=root', forBios);
    const made = sandbox.runWell('image', '--size', '256M', fileIn(sandbox), '--json')
      .json as MadeImage;
    assert.equal(
      made.partitions.map(({ mountPoint }) => mountPoint),
      ['/'],
      'a BIOS needs no ESP',
    );
    const disk = fs.readFileSync(fileIn(sandbox));
    assert.is(disk.toString('latin1', 0x180, 0x185), 'GRUB ');
    assert.is(disk.readUInt16LE(510), 0xaa55);
    assert.match(must('sfdisk', '--verify', fileIn(sandbox)), /^No errors detected/m);
    assert.match(must('sfdisk', '--dump', fileIn(sandbox)), /type=21686148-6449-6E6F-744E-/);
    // Where the first sector says that the core image is, and where that says that it goes on.
    const sector = Number(disk.readBigUInt64LE(0x5c));
    assert.is(sector, mebibyte / 512);
    assert.is(Number(disk.readBigUInt64LE(sector * 512 + 0x1f4)), sector + 1);
    const root = partition(sandbox, made, '/');
    const [, tree] =
      /(grub-[0-9a-f]{16})/.exec(
        must('debugfs', '-R', `ls -p /boot/genctl/${owner(root)}`, root),
      ) ?? [];
    const grub = `/boot/genctl/${owner(root)}/${tree}/grub`;
    const core = path.join(sandbox.folder, 'core');
    must('debugfs', '-R', `dump ${grub}/i386-pc/core.img ${core}`, root);
    const image = fs.readFileSync(core);
    assert.ok(
      image.subarray(512).equals(disk.subarray(mebibyte + 512, mebibyte + image.length)),
      'the core image of these modules',
    );
    assert.match(must('debugfs', '-R', `cat ${grub}/grub.cfg`, root), /--label --set=root -- root/);
  },
  withGrub,
);

/** The folder of an installation below `/boot/genctl`. */
function owner(root: string): string {
  return /\/([0-9a-f]{8})\//.exec(must('debugfs', '-R', 'ls -p /boot/genctl', root))?.[1] ?? '';
}

testImage(
  'an image with GRUB for UEFI has it where firmware looks',
  sandbox => {
    declareGrub(sandbox, 'LABEL=root', [
      '[fileSystems "/boot/efi"]',
      'device = LABEL=EFI',
      'fsType = vfat',
      '[boot.loader]',
      'efiSysMountPoint = /boot/efi',
      '[boot.loader.grub]',
      'efiInstallAsRemovable = true',
    ]);
    const made = sandbox.runWell('image', '--size', '256M', fileIn(sandbox), '--json')
      .json as MadeImage;
    const esp = partition(sandbox, made, '/boot/efi');
    const program = spawnSync('mtype', ['-i', esp, '::/EFI/BOOT/BOOTX64.EFI']).stdout;
    const folder = owner(partition(sandbox, made, '/'));
    assert.match(
      program.toString('latin1'),
      new RegExp(
        `search .*--label --set=root -- root\\nset prefix=\\(\\$root\\)/boot/genctl/${folder}/grub-`,
      ),
    );
    assert.not.match(must('sfdisk', '--dump', fileIn(sandbox)), /type=21686148/);
  },
  withGrub,
);

testImage('a root that GRUB could not find is refused before anything is built', sandbox => {
  declareGrub(sandbox, 'PARTLABEL=root', forBios);
  assertRefused(sandbox, ['image', '--size', '256M', fileIn(sandbox)], {
    code: 'IMAGE_DEVICE_UNNAMED',
    message: 'GRUB cannot find the file system of / by the name of its partition',
    hint: 'Name it by a label or a UUID of its own: device = LABEL=root.',
    mayChange: /^$/,
  });
});

/** What is declared that an image cannot have, and how that is said. */
const refused: readonly [what: string, root: string, more: readonly string[], code: string][] = [
  ['a device by a name that changes', '/dev/vda2', [], 'IMAGE_DEVICE_UNNAMED'],
  [
    'another disk',
    'LABEL=root',
    ['[fileSystems "/srv"]', 'device = LABEL=data'],
    'IMAGE_FILE_SYSTEMS',
  ],
  ['swap', 'LABEL=root', ['[swapDevices "/dev/vda3"]', 'priority = 1'], 'IMAGE_FILE_SYSTEMS'],
  ['GRUB that nothing starts', 'LABEL=root', ['[boot.loader]', 'kind = grub'], 'IMAGE_LOADER'],
  [
    'GRUB for two disks',
    'LABEL=root',
    [
      '[boot.loader]',
      'kind = grub',
      '[boot.loader.grub]',
      'devices = /dev/vda',
      'devices = /dev/vdb',
    ],
    'IMAGE_FILE_SYSTEMS',
  ],
];
for (const [what, root, more, code] of refused) {
  testImage(`${what} is refused before anything is built`, sandbox => {
    declare(sandbox, root, ...more);
    assertRefused(sandbox, ['image', '--size', '256M', fileIn(sandbox)], {
      code,
      message: /./,
      hint: /./,
      mayChange: /^$/,
    });
  });
}

testImage('a size without room for a system names one that has it', sandbox => {
  assertRefused(sandbox, ['image', '--size', '100M', fileIn(sandbox)], {
    code: 'IMAGE_TOO_SMALL',
    message: 'the image would have no room for a system',
    hint: 'Give it --size 130M at least.',
  });
});

test.run();
