// A machine with UEFI: GRUB's program is on a FAT, its menu and the kernels are in an ext4 at
// `/boot`, the root is a third file system.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { valuesIn } from '../facts.ts';
import type { SandboxMachine } from '../sandbox-machine.ts';
import { bootLive, bootThroughGrub, makeGrubMachine } from './boot-grub.ts';
import { grubSections, layInstallation } from './declare-grub.ts';
import { grubTest } from './grub-test.ts';
import { assertInstalled, generationIn, generationsIn } from './installed.ts';

const firmware = 'uefi';
const common = { loaders: ['grub'], efiSysMountPoints: ['/boot/efi'] } as const;

let machine: SandboxMachine;

grubTest('UEFI: an older generation is picked by keys through the submenu', async () => {
  machine = await makeGrubMachine();
  await layInstallation(machine, {
    // Somebody else's, as its installer would do it; its menu is of no interest here.
    atFirst: [
      'mkdir /boot/other',
      'grub-install --target=x86_64-efi --boot-directory=/boot/other --bootloader-id=other' +
        ' --efi-directory=/boot/efi --no-uefi-secure-boot --locales= --themes= --fonts=',
    ],
    declarations: [1, 2].map(number => ({
      ...common,
      sections: grubSections(firmware),
      motd: `generation ${number}`,
      kernelParams: `test.generation=${number}`,
    })),
    nextHook: 'grub/install-again-hook.sh',
    atLast: ['sh /test-hook'],
  });
  await machine.writeDisks([
    {
      image: machine.image,
      boot: [
        { type: 'esp', label: 'ESP', mountPoint: '/boot/efi', sizeMiB: 34 },
        { type: 'ext4', label: 'BOOT', mountPoint: '/boot', sizeMiB: 96 },
      ],
      rootFreeMiB: 192,
    },
  ]);
  const { hook } = await bootLive(machine, { firmware });
  assertInstalled(hook, 2);
  assert.is(valuesIn(hook).get('at-first'), '0', hook);
  assertProgramMoved(hook, 'EFI/genctl', 'EFI/genctl-b');

  const { menus, facts } = await bootThroughGrub(machine, {
    firmware,
    pick: [/^All configurations$/, /generation 1\b/],
  });
  assert.is(generationIn(menus[0]), '2');
  assert.equal(generationsIn(menus[1]?.titles ?? []), ['2', '1']);
  assert.is(facts.motd, 'generation 1');
  assert.match(facts.commandLine, 'test.generation=1');
  assert.is(facts.storeWrite, 'refused: Read-only file system');
  assert.is(
    valuesIn(facts.hook).get('started'),
    assertProgramMoved(facts.hook, 'EFI/genctl-b', 'EFI/genctl'),
  );
});

grubTest('UEFI: the firmware starts what `loader install` has put in place of it', async () => {
  const { menus, facts } = await bootThroughGrub(machine, { firmware });
  assert.is(generationIn(menus[0]), '2');
  assert.is(facts.motd, 'generation 2');
  assert.is(
    valuesIn(facts.hook).get('started'),
    assertProgramMoved(facts.hook, 'EFI/genctl', 'EFI/genctl-b'),
  );
});

/**
 * Fails unless the one entry that the firmware has of ours leads from one folder to the other, and
 * nothing else has changed in its menu. Returns that entry's number.
 */
function assertProgramMoved(hook: string, from: string, to: string): string {
  const said = valuesIn(hook);
  const about = `the machine said:\n${hook}`;
  assert.is(said.get('install'), '0', about);
  assert.equal(JSON.parse(said.get('verified-again') ?? '{}').findings, [], about);
  const before = optionsIn(said, 'before');
  const after = optionsIn(said, 'after');
  const [ours, ...more] = [...before].filter(([, text]) => text.includes('\\EFI\\genctl'));
  assert.equal(more, [], about);
  const [number, text] = ours ?? ['', ''];
  assert.match(text, `${backslashed(from)}\\`, about);
  assert.match(after.get(number) ?? '', `${backslashed(to)}\\`, about);
  assert.equal(without(after, number), without(before, number), about);
  assert.ok(
    [...before.values()].some(other => other.includes('\\EFI\\other\\')),
    about,
  );
  assert.is(said.get('order-after'), said.get('order-before'), about);
  assert.equal(
    said.get('order-after')?.trim().split(' ').toSorted(),
    [...after.keys()].toSorted(),
    about,
  );
  assert.is(
    said.get('folders-after'),
    [to, 'EFI/other'].map(path => path.slice(4)).join(' '),
    about,
  );
  return number;
}

/** The firmware's entries, by number, as a hook tells them. */
function optionsIn(said: ReadonlyMap<string, string>, when: string): ReadonlyMap<string, string> {
  const prefix = `option-${when}-`;
  return new Map(
    [...said].flatMap(([name, text]): [string, string][] =>
      name.startsWith(prefix) ? [[name.slice(prefix.length).toUpperCase(), text]] : [],
    ),
  );
}

function without<V>(map: ReadonlyMap<string, V>, name: string): [string, V][] {
  return [...map].filter(([other]) => other !== name);
}

function backslashed(path: string): string {
  return `\\${path.replaceAll('/', '\\')}`;
}

test.after(async () => {
  await machine?.[Symbol.asyncDispose]();
});

test.run();
