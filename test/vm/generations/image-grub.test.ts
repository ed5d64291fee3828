// One disk image boots by a BIOS and by UEFI: GRUB got onto it without a device.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keepPackages } from '../../packages/real-packages.ts';
import { bootThroughGrub } from '../grub/boot-grub.ts';
import type { SandboxMachine } from '../sandbox-machine.ts';
import { declareDebian, generationsTest, makeEmptyMachine } from './declare-debian.ts';
import { Said } from './said.ts';

/** GRUB drives the serial port itself, whichever firmware has started it: nobody presses a key. */
const sections = `${[
  '[fileSystems "/boot/efi"]',
  'device = LABEL=EFI',
  'fsType = vfat',
  '[boot.loader]',
  'kind = grub',
  'efiSysMountPoint = /boot/efi',
  '[boot.loader.grub]',
  'device = /dev/vda',
  'efiInstallAsRemovable = true',
  'serial = --unit=0 --speed=115200',
  'terminalInput = serial',
  'terminalOutput = serial',
].join('\n')}\n`;

const needs = { sfdisk: 'fdisk', 'grub-mkimage': 'grub-common' };

let machine: SandboxMachine;

generationsTest(
  'an image with GRUB boots by a BIOS',
  async () => {
    machine = await makeEmptyMachine();
    await declareDebian(machine.root, { packages: [], motd: 'from GRUB', boot: '', sections }, [
      'first-boot.sh',
      'first-boot.sh',
    ]);
    await machine.genctl('image', '--size', '1500M', machine.image);
    keepPackages(machine.root);
    await assertBoots('bios');
  },
  needs,
);

generationsTest('the same disk boots by UEFI', () => assertBoots('uefi'), needs);

async function assertBoots(firmware: 'bios' | 'uefi'): Promise<void> {
  const { menus, facts } = await bootThroughGrub(machine, { firmware, seconds: 400 });
  assert.match(menus[0]?.titles[0] ?? '', / - generation 1 /);
  const said = new Said(facts.hook);
  said.isRunning();
  said.is('motd', 'from GRUB');
  said.is('takes--usr', 'Read-only file system');
}

test.after(async () => {
  await machine?.[Symbol.asyncDispose]();
});

test.run();
