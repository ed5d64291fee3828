// A machine with a BIOS, an MBR and one ext4 that holds all: GRUB reads kernels from the store.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { valuesIn } from '../facts.ts';
import type { SandboxMachine } from '../sandbox-machine.ts';
import { bootLive, bootThroughGrub, makeGrubMachine } from './boot-grub.ts';
import { grubSections, layInstallation } from './declare-grub.ts';
import { logIn, pickGrubEntry } from './grub-menu.ts';
import { grubTest } from './grub-test.ts';
import { assertInstalled, generationIn, generationsIn } from './installed.ts';

const firmware = 'bios';
const common = {
  loaders: ['grub'],
  efiSysMountPoints: [],
  sections: grubSections(firmware, ['device = /dev/vda']),
} as const;

/** By grub-mkpasswd-pbkdf2 with few rounds, because an emulated machine is slow. */
const user = {
  name: 'keeper',
  password: 'open sesame',
  hash: 'grub.pbkdf2.sha512.1000.F82356470B3C07DFFA17D6B84400D68F.A1E668C1429555943F576DC9A43DE3FD711E5EDF3FF58688B8F536490E90F288',
};

let machine: SandboxMachine;

grubTest('BIOS: --once boots once', async () => {
  machine = await makeGrubMachine();
  await layInstallation(machine, {
    declarations: [
      { ...common, motd: 'one', kernelParams: 'test.generation=1' },
      {
        ...common,
        motd: 'two',
        kernelParams: 'test.generation=2',
        timeoutSeconds: 5,
        specialisations: { rescue: 'test.rescue=yes' },
      },
    ],
    atLast: ['genctl boot 1 --once'],
    later: {
      ...common,
      sections: grubSections(
        firmware,
        ['device = /dev/vda', 'unrestricted = false'],
        `[boot.loader.grub.users "${user.name}"]\nhashedPassword = ${user.hash}\n`,
      ),
      motd: 'protected',
      kernelParams: 'test.generation=3',
    },
    nextHook: 'grub/password-hook.sh',
  });
  await machine.writeDisks([{ image: machine.image, table: 'mbr', boot: [], rootFreeMiB: 192 }]);
  const { hook } = await bootLive(machine, { firmware });
  assertInstalled(hook, 2);
  assert.is(valuesIn(hook).get('at-last'), '0', hook);

  const { menus, facts } = await bootThroughGrub(machine, { firmware, pick: 'none' });
  const [menu] = menus;
  assert.equal(generationsIn(menu?.titles ?? []), ['2', '2']);
  assert.is(menu?.titles.at(-1), 'All configurations');
  assert.is(facts.motd, 'one');
  assert.match(facts.commandLine, 'test.generation=1');
});

grubTest('BIOS: the boot after --once starts the default again', async () => {
  const { menus, facts } = await bootThroughGrub(machine, { firmware });
  assert.is(generationIn(menus[0]), '2');
  assert.is(facts.motd, 'two');
  assert.not.match(facts.commandLine, 'test.rescue');
  assert.match(facts.bootedSystem, /^\/nix\/store\/[0-9a-z]{32}-/);
  assert.is(facts.currentSystem, facts.bootedSystem);
  assert.is(facts.storeWrite, 'refused: Read-only file system');
  assert.is(valuesIn(facts.hook).get('switch'), '0', facts.hook);
});

grubTest('BIOS: a protected menu refuses the wrong password and takes the right one', async () => {
  const { menus, facts } = await bootThroughGrub(machine, {
    firmware,
    pick: [/generation 3\b/],
    atMenu: async running => {
      await logIn(running, user.name, 'close sesame');
      // Nothing else is drawn from then on: the menu, and no countdown.
      await pickGrubEntry(running, [/generation 3\b/]);
      await logIn(running, user.name, user.password);
    },
  });
  assert.is(generationIn(menus[0]), '3');
  assert.is(facts.motd, 'protected');
});

test.after(async () => {
  await machine?.[Symbol.asyncDispose]();
});

test.run();
