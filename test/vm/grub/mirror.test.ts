// Two disks with a BIOS, each with GRUB and a `/boot` of its own, and the root on the second. The
// first one is pulled.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Disk } from '../disk-image.ts';
import { valuesIn } from '../facts.ts';
import { bootLive, bootThroughGrub, makeGrubMachine } from './boot-grub.ts';
import { grubSections, layInstallation } from './declare-grub.ts';
import { grubTest } from './grub-test.ts';
import { assertInstalled, generationIn, generationsIn } from './installed.ts';

const firmware = 'bios';
const [firstDisk, secondDisk] = ['/dev/disk/by-id/virtio-disk0', '/dev/disk/by-id/virtio-disk1'];

/** What tells a `/boot` that is away from a folder of the root. */
const fileSystems = [
  ['/boot', 'BOOT'],
  ['/boot-second', 'BOOT2'],
].map(([mountPoint, label]) =>
  [`[fileSystems "${mountPoint}"]`, `device = LABEL=${label}`, 'fsType = ext4', ''].join('\n'),
);

const common = {
  loaders: ['grub'],
  efiSysMountPoints: [],
  sections: grubSections(
    firmware,
    [`device = ${firstDisk}`],
    [
      `[boot.loader.grub.mirroredBoots "/boot-second"]\ndevices = ${secondDisk}\n`,
      ...fileSystems,
    ].join('\n'),
  ),
} as const;

grubTest('two disks, the first one pulled: the second starts the same menu', async () => {
  await using machine = await makeGrubMachine();
  await mkdir(join(machine.root, 'boot-second'));
  await layInstallation(machine, {
    declarations: [1, 2].map(number => ({
      ...common,
      motd: `generation ${number}`,
      kernelParams: `test.generation=${number}`,
    })),
    nextHook: 'grub/mirror-hook.sh',
  });
  const boot = { type: 'ext4', sizeMiB: 96 } as const;
  const first: Disk = {
    image: machine.image,
    table: 'gpt-bios',
    boot: [{ ...boot, label: 'BOOT', mountPoint: '/boot' }],
  };
  const second: Disk = {
    image: machine.scratch('second.img'),
    table: 'gpt-bios',
    boot: [{ ...boot, label: 'BOOT2', mountPoint: '/boot-second' }],
    rootFreeMiB: 192,
  };
  await machine.writeDisks([first, second]);
  const images = [first.image, second.image];
  const { hook } = await bootLive(machine, { firmware, images });
  assertInstalled(hook, 2);

  // A BIOS numbers the disks that are there: GRUB on the second one is on its first disk now.
  const pulled = await bootThroughGrub(machine, {
    firmware,
    images: [second.image],
    serials: ['disk1'],
  });
  assert.is(generationIn(pulled.menus[0]), '2');
  assert.is(pulled.facts.motd, 'generation 2');
  const said = valuesIn(pulled.facts.hook);
  const about = `the machine said:\n${pulled.facts.hook}`;
  assert.is(said.get('switch'), '3', about);
  assert.match(said.get('said') ?? '', /\[MIRROR_BEHIND\]: \/boot: /, about);

  const next = await bootThroughGrub(machine, {
    firmware,
    images: [second.image],
    serials: ['disk1'],
    pick: [/^All configurations$/, /generation 1\b/],
  });
  assert.is(generationIn(next.menus[0]), '3');
  assert.equal(generationsIn(next.menus[1]?.titles ?? []), ['3', '2', '1']);
  assert.is(next.facts.motd, 'generation 1');
});

test.run();
