// A machine with UEFI: GRUB's program is on a FAT, its menu and the kernels are in an ext4 at
// `/boot`, the root is a third file system.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { valuesIn } from '../facts.ts';
import { guestFile, place } from '../guest-programs.ts';
import { bootLive, bootThroughGrub, makeGrubMachine } from './boot-grub.ts';
import { grubSections, layInstallation } from './declare-grub.ts';
import { grubTest } from './grub-test.ts';
import { assertInstalled, generationIn, generationsIn } from './installed.ts';

const firmware = 'uefi';
const common = { loaders: ['grub'], efiSysMountPoints: ['/boot/efi'] } as const;

grubTest(
  'UEFI: GRUB is installed anew beside itself; an older generation is picked by keys',
  async () => {
    await using machine = await makeGrubMachine();
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
      atLast: ['sh /install-again'],
    });
    await place(machine.root, guestFile('grub/install-again.sh'), '/install-again', 0o755);
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
    const said = valuesIn(hook);
    assert.is(said.get('at-first'), '0', hook);
    assert.is(said.get('install'), '0', hook);
    assert.is(said.get('install-again'), '0', hook);
    // A program that is started is not overwritten: the next one is put beside it.
    const [first, second, third] = ['EFI/genctl', 'EFI/genctl-b', 'EFI/genctl'].map(
      (folder, index) => firmwareMenu(hook, ['first', 'second', 'third'][index] ?? '', folder),
    );
    assert.equal(second, first, hook);
    assert.equal(third, first, hook);

    const { menus, facts } = await bootThroughGrub(machine, {
      firmware,
      pick: [/^All configurations$/, /generation 1\b/],
    });
    assert.is(generationIn(menus[0]), '2');
    assert.equal(generationsIn(menus[1]?.titles ?? []), ['2', '1']);
    assert.is(facts.motd, 'generation 1');
    assert.match(facts.commandLine, 'test.generation=1');
    assert.is(facts.storeWrite, 'refused: Read-only file system');
  },
);

/** The firmware's menu without the file that its entry for us starts. */
interface FirmwareMenu {
  /** The entries' numbers in the order of booting. */
  readonly order: readonly string[];
  /** Of the one entry that is ours. */
  readonly ours: string | undefined;
  /** By number. */
  readonly others: readonly (readonly [string, string])[];
}

/** What a hook says of it. Fails unless just one entry is ours, and starts what is in a folder. */
function firmwareMenu(hook: string, when: string, folder: string): FirmwareMenu {
  const said = valuesIn(hook);
  const programs = [folder, 'EFI/other'].map(each => `${each}/grubx64.efi`);
  assert.is(said.get(`programs-${when}`), programs.join(' '), hook);
  const entries = optionsIn(said, when);
  const [ours, ...more] = entries.filter(([, text]) => text.includes('\\EFI\\genctl'));
  assert.match(ours?.[1] ?? '', `\\${folder.replaceAll('/', '\\')}\\grubx64.efi`, hook);
  assert.equal(more, [], hook);
  const order = said.get(`order-${when}`)?.trim().split(' ') ?? [];
  assert.equal(order.toSorted(), entries.map(([number]) => number).toSorted(), hook);
  return { order, ours: ours?.[0], others: entries.filter(entry => entry !== ours) };
}

/** Each entry's number, and what of it is text. */
function optionsIn(said: ReadonlyMap<string, string>, when: string): readonly [string, string][] {
  const prefix = `option-${when}-`;
  return [...said].flatMap(([name, text]): [string, string][] =>
    name.startsWith(prefix) ? [[name.slice(prefix.length).toUpperCase(), text]] : [],
  );
}

test.run();
