import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BlockDevice, Facts, Swap } from '../../../src/hardware/facts/facts.ts';
import { madeUpBlock } from '../made-up-facts.ts';
import { allDevices, content, disk, mapping, on, partition } from './made-up-disks.ts';
import { leftOut, saidOfStorage } from './said-module.ts';

const blockDevices: readonly BlockDevice[] = [
  disk('sda'),
  partition('sda1', 'sda', 1, content('ext4', 'root-uuid')),
  partition('sda2', 'sda', 2, content('swap', 'own-swap')),
  disk('sdb'),
  partition('sdb1', 'sdb', 1, content('swap', 'other-swap')),
  partition('sda3', 'sda', 3, null),
  mapping('plain-crypt', 'dm-0', 'cswap', ['sda3'], content('swap', 'of-this-boot')),
  mapping('other-mapping', 'dm-1', 'sealed', ['sda3'], content('swap', 'sealed-swap')),
  madeUpBlock('nbd0', { content: content('swap', 'far-swap') }),
];

function swapOn(blockDevice: string, kind: Swap['kind'] = 'partition'): Swap {
  return { path: `/dev/${blockDevice}`, kind, blockDevice, sizeBytes: 1, priority: -2 };
}

function swapsOf(facts: Partial<Facts>, root = '/'): string[] {
  return saidOfStorage({ devices: allDevices, blockDevices, ...facts }, { root }).filter(line =>
    /^swapDevices.*device = /.test(line),
  );
}

const own = 'swapDevices./dev/disk/by-uuid/own-swap.device = /dev/disk/by-uuid/own-swap';
const other = 'swapDevices./dev/disk/by-uuid/other-swap.device = /dev/disk/by-uuid/other-swap';

test('of another machine’s disks only its own swaps, not those of what runs', () => {
  const swaps = [swapOn('sda2'), swapOn('sdb1')];
  assert.equal(swapsOf({ swaps, mounts: [on(['sda1'], '/', 'ext4')] }), [other, own]);
  const installed = { swaps, mounts: [on(['sda1'], '/mnt', 'ext4')] };
  assert.equal(swapsOf(installed, '/mnt'), [own]);
  assert.equal(leftOut({ devices: allDevices, blockDevices, ...installed }, { root: '/mnt' }), [
    "swap on partition 1 of nvme 0000:01:00.0: it is the running system's, or on another disk than what is below /mnt",
  ]);
});

test('a swap that nobody opens is not waited for', () => {
  const facts = { swaps: [swapOn('dm-1'), swapOn('nbd0')], mounts: [on(['sda1'], '/', 'ext4')] };
  assert.equal(swapsOf(facts), []);
  assert.equal(leftOut({ devices: allDevices, blockDevices, ...facts }), [
    'swap on mapping sealed on partition 3 of nvme 0000:01:00.0: NixOS has no option to open what it is on',
    'swap on disk: its disk is reached over a network: declare it by hand',
  ]);
});

test('a key that each boot draws anew is at odds with resuming, which is said', () => {
  const facts = {
    devices: allDevices,
    blockDevices,
    swaps: [swapOn('dm-0', 'random-encrypted')],
    mounts: [on(['sda1'], '/', 'ext4')],
  };
  const resuming = (commandLine: string) =>
    leftOut({ ...facts, kernel: { release: null, commandLine } }).filter(line =>
      line.startsWith('swap with a random key: in doubt: resume= '),
    ).length;
  assert.is(resuming('quiet resume=/dev/mapper/cswap'), 1);
  assert.is(resuming('quiet noresume root=/x?resume=1'), 0);
  assert.equal(leftOut(facts), []);
});

test.run();
