// All is in a subvolume of btrfs, which GRUB reads and cannot write.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { valuesIn } from '../facts.ts';
import { guestFile, layProgram, place } from '../guest-programs.ts';
import { findTool } from '../run-tool.ts';
import { bootLive, bootThroughGrub, makeGrubMachine } from './boot-grub.ts';
import { grubSections, layInstallation } from './declare-grub.ts';
import { grubTest } from './grub-test.ts';
import { assertInstalled, generationsIn } from './installed.ts';

const firmware = 'bios';
const inSubvolume = 'rootfstype=btrfs rootflags=subvol=@';
const common = {
  loaders: ['grub'],
  efiSysMountPoints: [],
  sections: grubSections(firmware, ['device = /dev/vda']),
} as const;

grubTest(
  'btrfs: an older generation boots through the menu that genctl shows; --once is refused',
  async () => {
    await using machine = await makeGrubMachine(['btrfs']);
    await layInstallation(machine, {
      declarations: [
        { ...common, motd: 'one', kernelParams: `test.generation=1 ${inSubvolume}` },
        {
          ...common,
          motd: 'two',
          kernelParams: `test.generation=2 ${inSubvolume}`,
          specialisations: { rescue: 'test.rescue=yes' },
        },
      ],
      atLast: [
        'echo "shown=$(genctl menu show --json)"',
        'once=0; genctl boot 1 --once 2> /tmp/once || once=$?',
        'echo "once=$once"',
        'echo "once-said=$(tr "\\n" " " < /tmp/once)"',
      ],
    });
    await layProgram(machine.root, findTool('btrfs') ?? '', '/usr/bin/btrfs');
    await place(machine.root, guestFile('grub/into-subvolume.sh'), '/into-subvolume', 0o755);
    const { image } = machine;
    await machine.writeDisks([
      { image, table: 'mbr', boot: [], rootFreeMiB: 320, rootType: 'btrfs' },
    ]);
    const { hook } = await bootLive(machine, {
      firmware,
      kernelParams: 'rootfstype=btrfs',
      init: '/into-subvolume',
    });
    assertInstalled(hook, 2);
    assert.is(valuesIn(hook).get('once'), '1', hook);
    assert.match(valuesIn(hook).get('once-said') ?? '', 'btrfs', hook);

    const { menus, facts } = await bootThroughGrub(machine, {
      firmware,
      pick: [/^All configurations$/, /generation 1\b/],
    });
    const shown: readonly { readonly title: string }[] = JSON.parse(
      valuesIn(hook).get('shown') ?? '',
    ).entries;
    const titles = shown.map(({ title }) => title);
    assert.equal(generationsIn(titles), ['2', '2', '1']);
    assert.equal(menus[0]?.titles, [...titles.slice(0, 2), 'All configurations']);
    assert.equal(menus[1]?.titles, titles);
    assert.is(facts.motd, 'one');
    assert.match(facts.commandLine, 'test.generation=1');
    assert.is(facts.storeWrite, 'refused: Read-only file system');
  },
  { 'mkfs.btrfs': 'btrfs-progs', btrfs: 'btrfs-progs' },
);

test.run();
