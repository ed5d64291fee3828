// A machine that has all in subvolumes of one btrfs, as many installers make it. Its owner installs,
// adds a package and GRUB, and boots both generations by both loaders.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFacts } from '../facts.ts';
import { generationsTest } from '../generations/declare-debian.ts';
import { Said } from '../generations/said.ts';
import { pickGrubEntry } from '../grub/grub-menu.ts';
import { generationsIn } from '../grub/installed.ts';
import { readMenu } from '../menu.ts';
import { bundleGenctl } from '../sandbox-machine.ts';
import { RootsMachine } from './machine.ts';
import { buildTwo, newer, older } from './two-generations.ts';

/** On a machine that is busy with other things. */
const seconds = 1500;

/** So that GRUB can be declared on the machine without fetching anything. */
const packages = ['efibootmgr', 'grub-efi-amd64-bin', 'grub-pc-bin', 'grub2-common'];

/** The kernel for clouds lacks what the live medium has drivers from. */
const sections = `[boot.initrd]
availableKernelModules! = virtio_pci
availableKernelModules! = virtio_blk
[boot.loader]
efiSysMountPoint = /boot/efi
`;

const scripts = ['subvolumes.sh', 'subvolumes.sh', 'subvolumes.sh'];

/** An installation of Debian and three boots take long: scripts/soak. */
const isSoak = Number(process.env['GENCTL_TEST_KILLS'] ?? 0) > 100;

function btrfsTest(name: string, body: () => Promise<void>): void {
  if (isSoak) generationsTest(name, body, { depmod: 'kmod' });
  else test.skip(`${name} (scripts/soak)`, body);
}

let machine: RootsMachine;

btrfsTest('it is installed in the subvolumes that are mounted', async () => {
  await bundleGenctl();
  machine = await RootsMachine.make({ script: 'btrfs', disksMiB: [2600] });
  const hardware = await machine.hardwareModule();
  for (const name of ['', 'home', 'nix', 'var']) {
    const section = new RegExp(
      `^\\[fileSystems "/${name}"\\]\\n(?:.+\\n)*options = subvol=@${name}$`,
      'm',
    );
    assert.match(hardware, section);
  }
  await buildTwo(machine, { hardware, packages, sections }, scripts);
  assert.match(await machine.install(), /generation 1 is installed/);
});

btrfsTest('all subvolumes are there when it boots; it switches both ways', async () => {
  const said = await bootByUefi(['1']);
  isWhole(said, 1);
  said.is('firmware', 'uefi');
  said.isGeneration('booted', older);
  said.is('switch', '0');
  said.isGeneration('newer', newer);
  said.is('back', '0');
  said.isGeneration('older', older);
  said.is('grub', '0');
  said.is('state-at-last', 'running');
  // GRUB reads them from the store, in its subvolume.
  said.is('kernels', '0');
});

btrfsTest('a BIOS boots the older one by GRUB, from the btrfs', async () => {
  await using running = await machine.start({ firmware: 'bios' });
  await pickGrubEntry(running, [/All configurations/, /generation 1\b/]);
  const said = new Said(parseFacts(await running.factsAtEnd(seconds)).hook);
  isWhole(said, 2);
  said.is('firmware', 'bios');
  said.isGeneration('booted', older);
});

btrfsTest('and systemd-boot the newest', async () => {
  const said = await bootByUefi(['3', '2', '1']);
  isWhole(said, 3);
  said.isGeneration('booted', newer);
});

async function bootByUefi(generations: readonly string[]): Promise<Said> {
  await using running = await machine.start();
  const { titles } = await readMenu(running);
  assert.equal(generationsIn(titles), generations);
  return new Said(parseFacts(await running.factsAtEnd(seconds)).hook);
}

/** `boot` is how often the machine has come up, as it has counted in /var. */
function isWhole(said: Said, boot: number): void {
  said.is('boot', String(boot));
  said.isRunning();
  for (const name of ['', 'home', 'nix', 'var']) {
    said.is(`subvolume--${name}`, `/@${name}`);
    said.matches(`options--${name}`, /\brw,noatime,compress=zstd:1\b/);
  }
  for (const place of ['-usr', '-nix-store']) said.is(`takes-${place}`, 'Read-only file system');
  for (const place of ['-', '-etc', '-var', '-home']) said.is(`takes-${place}`, 'yes');
  said.is('verify', '0');
}

test.after(async () => machine?.[Symbol.asyncDispose]());

test.run();
