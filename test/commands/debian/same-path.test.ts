import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Archive } from '../../packages/archive.ts';
import { giveSharedPackages, keepPackages, suite } from '../../packages/real-packages.ts';
import { changesBetween } from '../tree-snapshot.ts';
import { type Built, buildTest, PackagedMachine } from './packaged-machine.ts';

// Debian's own packages, by this machine's own apt.
const archive = new Archive();
const first = realMachine();
const second = realMachine();
test.after(() => {
  for (const each of [first, second, archive]) each[Symbol.dispose]();
});

let plain: Built;
let withHtop: Built;

function realMachine(): PackagedMachine {
  const machine = new PackagedMachine(archive);
  giveSharedPackages(machine.root);
  fs.mkdirSync(machine.at('/boot/EFI'), { recursive: true });
  machine.write(
    '/usr/lib/systemd/boot/efi/systemd-bootx64.efi',
    'MZ fake loader #### LoaderInfo: systemd-boot 252 ####\n',
  );
  machine.write('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`);
  declare(machine);
  return machine;
}

function declare(machine: PackagedMachine, ...packages: readonly string[]): void {
  const lines = [
    '[system]',
    'builder = debian',
    `suite = ${suite}`,
    'kernelPackage = linux-image-cloud-amd64',
    '[fileSystems "/"]',
    'device = UUID=9b1e8d0c-3e7b-4a54-9d0c-6d1d3a0b2f11',
    'fsType = ext4',
    '[environment]',
    ...packages.map(name => `systemPackages = ${name}`),
  ];
  machine.write('/etc/genctl/system.conf', `${lines.join('\n')}\n`);
}

/** The bytes that a folder takes on its file system, hard links once. */
function bytesOf(folder: string): number {
  return Number.parseInt(execFileSync('du', ['-s', '-B1', folder], { encoding: 'utf8' }), 10);
}

buildTest('a second build of the same builds nothing', () => {
  plain = first.build();
  keepPackages(first.root);
  const before = first.snapshot({ withTimes: true });
  const again = first.build();
  assert.is(again.toplevel, plain.toplevel);
  assert.not.match(again.said, /installing|fetching/);
  assert.equal(changesBetween(before, first.snapshot({ withTimes: true })), []);
});

buildTest('a package more takes a little, and nothing new for the boot partition', () => {
  for (const args of [['loader', 'install'], ['boot']]) {
    const answer = first.run(args, { env: {} });
    assert.is(answer.exitCode, 0, answer.stderr);
  }
  const before = bytesOf(first.at('/nix'));
  declare(first, 'htop');
  withHtop = first.build();
  keepPackages(first.root);
  const addedBytes = bytesOf(first.at('/nix')) - before;
  assert.ok(addedBytes < 10 << 20, `${addedBytes} bytes`);
  for (const part of ['kernel', 'kernel-modules', 'initrd'] as const) {
    assert.is(withHtop.part(part), plain.part(part));
  }
  assert.ok(fs.existsSync(withHtop.inTree('usr/bin/htop')));
});

buildTest('the difference of both names the package, its size and what it needs', () => {
  const blobs = first.names('/boot/EFI/genctl');
  const booted = first.run(['boot'], { env: {} });
  assert.is(booted.exitCode, 0, booted.stderr);
  assert.equal(first.names('/boot/EFI/genctl'), blobs);
  const { stdout } = first.runWell('diff', '1', '2');
  assert.match(stdout, /^ *\+ htop 3\.\S+/m);
  assert.match(stdout, /libnl-3-200/);
});

buildTest('another machine makes the same of this declaration and lock, without a network', () => {
  declare(second, 'htop');
  second.write('/etc/genctl/genctl.lock', first.read('/etc/genctl/genctl.lock'));
  giveSharedPackages(second.root);
  const built = second.build({ wrapper: ['unshare', '--net'] });
  assert.is(built.toplevel, withHtop.toplevel);
  assert.not.match(built.said, 'fetching');
});

test.run();
