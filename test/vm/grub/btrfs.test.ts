// All is in a subvolume of btrfs, which GRUB reads and cannot write.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { valuesIn } from '../facts.ts';
import { guestFile, layProgram, place } from '../guest-programs.ts';
import { findTool } from '../run-tool.ts';
import { bootLive, bootThroughGrub, makeGrubMachine } from './boot-grub.ts';
import { grubSections, layInstallation } from './declare-grub.ts';
import { grubTest } from './grub-test.ts';
import { assertInstalled } from './installed.ts';

const firmware = 'bios';
const inSubvolume = 'rootfstype=btrfs rootflags=subvol=@';
const common = {
  loaders: ['grub'],
  efiSysMountPoints: [],
  sections: grubSections(firmware, ['device = /dev/vda']),
} as const;

grubTest(
  'btrfs: generations boot from a subvolume, and --once is refused with the reason',
  async () => {
    await using machine = await makeGrubMachine(['btrfs']);
    await layInstallation(machine, {
      declarations: [1, 2].map(number => ({
        ...common,
        motd: `generation ${number}`,
        kernelParams: `test.generation=${number} ${inSubvolume}`,
      })),
      atLast: [
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

    const { facts } = await bootThroughGrub(machine, {
      firmware,
      pick: [/^All configurations$/, /generation 1\b/],
    });
    assert.is(facts.motd, 'generation 1');
    assert.match(facts.commandLine, 'test.generation=1');
    assert.is(facts.storeWrite, 'refused: Read-only file system');
  },
  { 'mkfs.btrfs': 'btrfs-progs', btrfs: 'btrfs-progs' },
);

test.run();
