// From systemd-boot to GRUB and back, by the declaration alone: on a machine with UEFI whose FAT is
// mounted at `/boot`, so that both loaders share its kernels.
import { test } from 'uvu';
import * as assert from 'uvu/assert';

import { declare } from '../declaration.ts';
import { parseFacts, valuesIn } from '../facts.ts';
import { startMachine } from '../machine.ts';
import { enterChosen } from '../menu.ts';
import { checkEsp, listEsp } from '../read-esp.ts';
import { bundleGenctl, type SandboxMachine } from '../sandbox-machine.ts';
import { bootLive, bootThroughGrub, makeGrubMachine } from './boot-grub.ts';
import { grubSections, layInstallation } from './declare-grub.ts';
import { grubTest } from './grub-test.ts';
import { assertInstalled, generationIn, generationsIn } from './installed.ts';

const firmware = 'uefi';
const common = {
  efiSysMountPoints: ['/boot'],
  sections: grubSections(firmware, ['efiInstallAsRemovable = true']),
} as const;

let machine: SandboxMachine;

grubTest('systemd-boot becomes GRUB: the same generations, and nothing is left of it', async () => {
  machine = await makeGrubMachine();
  await declare(machine.root, {
    ...common,
    loaders: ['systemd-boot'],
    motd: 'by systemd-boot',
    kernelParams: 'test.generation=1',
  });
  await bundleGenctl();
  await machine.genctl('loader', 'install');
  await machine.genctl('switch');
  await layInstallation(machine, {
    declarations: [
      { ...common, loaders: ['grub'], motd: 'by GRUB', kernelParams: 'test.generation=2' },
    ],
    later: {
      ...common,
      loaders: ['systemd-boot'],
      motd: 'by systemd-boot again',
      kernelParams: 'test.generation=3',
    },
    nextHook: 'grub/change-loader-hook.sh',
  });
  const esp = { type: 'esp', label: 'ESP', mountPoint: '/boot', sizeMiB: 96 } as const;
  await machine.writeDisks([{ image: machine.image, boot: [esp], rootFreeMiB: 192 }]);
  const { hook } = await bootLive(machine, { firmware });
  assertInstalled(hook, 1);
  assert.equal((await listEsp(machine.esp)).filter(isOfSystemdBoot), []);

  const { menus, facts } = await bootThroughGrub(machine, {
    firmware,
    pick: [/^All configurations$/, /generation 1\b/],
  });
  assert.is(generationIn(menus[0]), '2');
  assert.equal(generationsIn(menus[1]?.titles ?? []), ['2', '1']);
  assert.is(facts.motd, 'by systemd-boot');
  assert.is(valuesIn(facts.hook).get('switch'), '0', facts.hook);
  assert.equal(JSON.parse(valuesIn(facts.hook).get('verified') ?? '').findings, [], facts.hook);
});

grubTest('GRUB becomes systemd-boot: the same generations, and nothing is left of it', async () => {
  const paths = await listEsp(machine.esp);
  assert.equal(paths.filter(isOfGrub), []);
  assert.is(await checkEsp(machine.esp, machine.scratch('esp')), undefined);
  await using running = await startMachine({
    firmware,
    images: [machine.image],
    folder: machine.scratch('machine'),
    memoryMiB: 1024,
  });
  const menu = await enterChosen(running);
  assert.equal(generationsIn(menu.titles), ['3', '2', '1']);
  assert.is(generationIn(menu), '3');
  const { motd } = parseFacts(await running.factsAtEnd());
  assert.is(motd, 'by systemd-boot again');
});

function isOfSystemdBoot(path: string): boolean {
  return /^loader\/(?:entries\/|loader\.conf$)|^EFI\/systemd\//.test(path);
}

function isOfGrub(path: string): boolean {
  return /^genctl\/|^EFI\/genctl\/[^/]*\.efi$|grub/i.test(path);
}

test.after(async () => {
  await machine?.[Symbol.asyncDispose]();
});

test.run();
