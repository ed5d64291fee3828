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
  'an image with GRUB boots by a BIOS, and puts its next GRUB onto its disk by itself',
  async () => {
    machine = await makeEmptyMachine();
    await declareDebian(machine.root, { packages: [], motd: 'from GRUB', boot: '', sections }, [
      'next-of-image.sh',
      'first-boot.sh',
    ]);
    await machine.genctl('image', '--size', '1500M', machine.image);
    keepPackages(machine.root);
    const { menus, facts } = await bootThroughGrub(machine, { firmware: 'bios' });
    assert.match(menus[0]?.titles[0] ?? '', / - generation 1 /);
    const said = new Said(facts.hook);
    said.isRunning();
    said.is('motd', 'from GRUB');
    said.is('takes--usr', 'Read-only file system');
    said.is('switch', '0');
    said.matches('switch-said', /install GRUB: \/dev\/vda, the ESP at \/boot\/efi/);
    said.is('verify', '0');
    said.is('new-motd', 'from itself');
    said.is('numbers', '2 1 ');
  },
  needs,
);

generationsTest(
  'that one starts by UEFI as well, with the new generation',
  async () => {
    const { menus, facts } = await bootThroughGrub(machine, { firmware: 'uefi' });
    assert.match(menus[0]?.titles[0] ?? '', / - generation 2 /);
    const said = new Said(facts.hook);
    said.isRunning();
    said.is('motd', 'from itself');
    said.is('takes--usr', 'Read-only file system');
  },
  needs,
);

test.after(async () => {
  await machine?.[Symbol.asyncDispose]();
});

test.run();
