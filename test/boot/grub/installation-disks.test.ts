// The real grub-install, on disks made from files. Needs root, loop devices and Debian's packages
// grub2-common, grub-pc-bin, grub-efi-amd64-bin, gdisk, dosfstools and e2fsprogs.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasProgram, testWhere } from '../../commands/test-where.ts';

interface Installed {
  tree: string;
  error: { code: string; message: string; hint?: string } | undefined;
  files: string[];
  takenBytes: number;
  measured: Record<'boot' | 'esp', { sizeBytes: number; fileCount: number }>;
}

interface Outcome {
  msdos: Installed & { starts: boolean };
  mirrored: Installed & { starts: boolean[]; disks: string[] };
  gone: Installed;
  efi: Installed & { owner: string; namesTree: boolean; programBytes: number };
  upgraded: Installed & { namesTree: boolean; namesOld: boolean };
  removable: string[];
  notAnEsp: Installed;
  full: Installed;
  readOnly: Installed;
}

const canInstall =
  process.getuid?.() === 0 &&
  fs.existsSync('/dev/loop-control') &&
  fs.existsSync('/usr/lib/grub/i386-pc') &&
  fs.existsSync('/usr/lib/grub/x86_64-efi') &&
  [
    ['grub-install', '--version'],
    ['sgdisk', '--version'],
    ['mkfs.ext4', '-V'],
    ['mkfs.vfat', '--help'],
    ['partx', '--version'],
    ['unshare', '--mount', 'losetup', '--find'],
  ].every(([program = '', ...args]) => hasProgram(program, ...args));

const child = path.join(import.meta.dirname, 'installation-disks-child.ts');
const loader = ['--import', 'tsx', '--import', './scripts/text-modules.js'];

let answer: ReturnType<typeof install> | undefined;

/** What came of it all; done once for all tests, since it takes seconds. */
function happened(): Outcome {
  answer ??= install();
  assert.is(answer.status, 0, answer.stderr);
  return JSON.parse(answer.stdout) as Outcome;
}

function install(): { status: number | null; stdout: string; stderr: string } {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'genctl-grub-install-'));
  const ended = spawnSync(
    'unshare',
    ['--mount', '--propagation', 'private', process.execPath, ...loader, child, scratch],
    { encoding: 'utf8' },
  );
  fs.rmSync(scratch, { recursive: true });
  return ended;
}

const testInstall = (name: string, work: () => void): void =>
  testWhere(canInstall, 'root, loop devices and grub-install', name, work);

testInstall('a disk with an msdos table starts GRUB, and its modules are in one folder', () => {
  const { error, starts, tree, files } = happened().msdos;
  assert.is(error, undefined);
  assert.ok(starts);
  assert.ok(files.includes(`${tree}/grub/i386-pc/normal.mod`));
  const elsewhere = files.filter(name => name !== tree && !name.startsWith(`${tree}/`));
  assert.equal(elsewhere.toSorted(), ['genctl', 'genctl/0a1b2c3d']);
});

testInstall('of two disks the one that fails is named, and the other is done', () => {
  const { error, starts, disks } = happened().mirrored;
  assert.is(error?.code, 'GRUB_INSTALL_FAILED');
  const [bad = '', good = ''] = disks;
  assert.ok(error?.message.includes(`failed for ${bad} (the others are done)`), error?.message);
  assert.not.ok(error?.message.includes(`${good}:`));
  assert.match(error?.message ?? '', /no BIOS Boot Partition/);
  assert.match(error?.hint ?? '', /EF02/);
  assert.equal(starts, [false, true]);
});

testInstall('a disk that is gone is named', () => {
  const { error } = happened().gone;
  assert.match(error?.message ?? '', /\/dev\/disk\/by-id\/gone: /);
  assert.match(error?.hint ?? '', /by-id/);
});

testInstall('on an ESP the program names its own modules, and by that is known to be ours', () => {
  const { error, owner, namesTree, files, tree } = happened().efi;
  assert.is(error, undefined);
  assert.ok(namesTree);
  assert.is(owner, 'ours');
  assert.ok(files.includes(`${tree}/grub/x86_64-efi/normal.mod`));
  assert.equal(happened().removable, ['EFI/BOOT/BOOTX64.EFI']);
});

testInstall('the next installation has another folder, and leaves the one before alone', () => {
  const { efi, upgraded } = happened();
  assert.is.not(upgraded.tree, efi.tree);
  assert.ok(upgraded.namesTree);
  assert.not.ok(upgraded.namesOld);
  const ofBefore = (files: readonly string[]): string[] =>
    files.filter(name => name.startsWith(`${efi.tree}/`)).toSorted();
  assert.equal(ofBefore(upgraded.files), ofBefore(efi.files));
});

testInstall('no installation takes more than was measured before, or much less', () => {
  const { msdos, efi } = happened();
  for (const { takenBytes, measured, files, tree } of [msdos, efi]) {
    assert.ok(takenBytes <= measured.boot.sizeBytes, `${takenBytes} ${measured.boot.sizeBytes}`);
    assert.ok(takenBytes > measured.boot.sizeBytes / 3);
    const count = files.filter(name => name.startsWith(`${tree}/`)).length;
    assert.ok(count <= measured.boot.fileCount, `${count} ${measured.boot.fileCount}`);
  }
  assert.ok(efi.programBytes <= efi.measured.esp.sizeBytes);
});

testInstall('what is in the way is said with what helps', () => {
  const { notAnEsp, full, readOnly } = happened();
  assert.match(notAnEsp.error?.message ?? '', /doesn't look like an EFI partition/);
  assert.match(notAnEsp.error?.hint ?? '', /efiSysMountPoint/);
  assert.match(full.error?.message ?? '', /No space left/);
  assert.match(full.error?.hint ?? '', /Make room/);
  assert.match(readOnly.error?.message ?? '', /Read-only file system/);
  assert.match(readOnly.error?.hint ?? '', /read-write/);
});

test.run();
