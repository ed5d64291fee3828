import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BlockLookup } from '../../../src/hardware/facts/block-lookup.ts';
import type { BlockDevice, MountedFileSystem } from '../../../src/hardware/facts/facts.ts';
import { readMounts } from '../../../src/hardware/facts/read-mounts.ts';
import { readSwaps } from '../../../src/hardware/facts/read-swaps.ts';
import { madeUpBlock } from '../made-up-facts.ts';
import { lines, type Standings, smallTree } from './small-tree.ts';

function readTable(
  mountinfo: readonly string[],
  blocks: readonly BlockDevice[] = [],
  standings: Standings = {},
): readonly MountedFileSystem[] {
  const text = Buffer.from(lines(...mountinfo), 'latin1');
  const tree = smallTree({ ...standings, '/proc/self/mountinfo': text });
  return readMounts(tree, new BlockLookup(blocks));
}

/** A line of mountinfo as the kernel writes it. */
function line(number: string, rest: string): string {
  return `25 1 ${number} / /x rw,relatime shared:1 - ${rest}`;
}

function content(type: string, uuid: string, label: string | null = null): BlockDevice['content'] {
  return { type, uuid, memberUuid: null, label };
}

test('every field of a mount, with blanks, bytes and commas that are written in octal digits', () => {
  const [found] = readTable([
    '36 35 0:31 /@\\040home/m\\303\\274 /my\\011home\\134\\012 rw,noatime master:1 propagate_from:2 - btrfs /dev/disk\\0401 rw,subvol=/@\\040home\\054x,subvolid=\\377',
  ]);
  assert.equal(found, {
    mountPoint: '/my\thome\\\n',
    type: 'btrfs',
    source: '/dev/disk 1',
    rootInside: '/@ home/mü',
    number: '0:31',
    options: ['rw', 'noatime'],
    superOptions: ['rw', 'subvol=/@ home,x', 'subvolid=\ufffd'],
    blockDevices: [],
    isFolder: null,
  });
});

test('bytes of UTF-8 that are not written in octal digits are letters', () => {
  const [found] = readTable([Buffer.from('1 1 8:1 / /mü€ rw - ext4 /dev/ü rw').toString('latin1')]);
  assert.equal([found?.mountPoint, found?.source], ['/mü€', '/dev/ü']);
});

test('odd lines are passed over, empty fields are empty', () => {
  const found = readTable([
    '',
    'x',
    '1 2 3',
    '1 1 0:1 / /a rw no separator',
    '1 1 0:1 / /b rw -  ',
  ]);
  assert.equal(
    found.map(({ mountPoint, type, source, superOptions }) => [
      mountPoint,
      type,
      source,
      superOptions,
    ]),
    [['/b', '', '', []]],
  );
});

const uuid = '7c0b6a4e-1111-4222-8333-944455566677';
const other = '00000000-1111-4222-8333-944455566677';
const blocks = [
  madeUpBlock('sda1', {
    number: '8:1',
    content: content('btrfs', uuid),
    links: ['disk/by-label/x\\x20y'],
  }),
  madeUpBlock('sdb', { number: '8:16', content: content('btrfs', uuid) }),
  madeUpBlock('dm-0', {
    number: '254:0',
    mapping: { name: 'crypt', uuid: null },
    content: content('btrfs', other),
  }),
  madeUpBlock('sdc', { number: '8:32', content: content('zfs_member', '1', 'tank') }),
  madeUpBlock('sdd', { number: '8:48', content: content('zfs_member', '1', 'tank') }),
  madeUpBlock('sde', { number: '8:64', content: content('zfs_member', '2', 'tan') }),
  madeUpBlock('sdf', { number: '8:80', content: content('bcachefs', uuid) }),
  madeUpBlock('sdg', { number: '8:96', content: content('bcachefs', uuid) }),
  madeUpBlock('sdh', { number: '8:112' }),
];
const btrfs: Standings = {
  [`/sys/fs/btrfs/${uuid}/devices/sda1`]: { to: '/sys/devices/x/sda1' },
  [`/sys/fs/btrfs/${uuid}/devices/sdb`]: { to: '/sys/devices/x/sdb' },
  [`/sys/fs/btrfs/${uuid}/devices/missing`]: { to: '/sys/devices/x/missing' },
  '/sys/fs/btrfs/features/raid56': '0\n',
};
const twoBtrfs: Standings = {
  ...btrfs,
  [`/sys/fs/btrfs/${other}/devices/dm-0`]: { to: '/sys/devices/x/dm-0' },
};
const bcachefs: Standings = {
  [`/sys/fs/bcachefs/${uuid}/dev-0/block`]: { to: '/sys/devices/x/sdh' },
};

const holders: readonly (readonly [string, string, Standings, readonly string[]])[] = [
  ['a file system on one device, by its number', line('8:1', 'ext4 /dev/root rw'), {}, ['sda1']],
  ['a number that nothing has', line('8:99', 'ext4 /dev/sda1 rw'), {}, []],
  ['tmpfs, whatever its source says', line('0:30', 'tmpfs /dev/sda1 rw'), {}, []],
  ['overlay', line('0:31', 'overlay /dev/sda1 rw,lowerdir=/dev/sdb'), {}, []],
  ['nfs', line('0:32', 'nfs4 server:/dev/sda1 rw'), {}, []],
  ['FUSE that only root can mount', line('0:33', 'fuseblk /dev/mapper/crypt rw'), {}, ['dm-0']],
  ['FUSE that anybody can mount', line('0:33', 'fuse.x /dev/sda1 rw'), {}, []],
  ['btrfs on several', line('0:34', 'btrfs /dev/sdb rw'), btrfs, ['sda1', 'sdb']],
  [
    'btrfs by a link',
    line('0:34', 'btrfs /dev/disk/by-label/x\\134x20y rw'),
    btrfs,
    ['sda1', 'sdb'],
  ],
  ['one of two btrfs', line('0:34', 'btrfs /dev/mapper/crypt rw'), twoBtrfs, ['dm-0']],
  [
    'btrfs at a source that is no device',
    line('0:34', 'btrfs /dev/root rw'),
    btrfs,
    ['sda1', 'sdb'],
  ],
  ['the same, of two', line('0:34', 'btrfs /dev/root rw'), twoBtrfs, []],
  ['btrfs that the kernel does not list', line('0:34', 'btrfs /dev/sdb rw'), {}, ['sda1', 'sdb']],
  ['a pool', line('0:35', 'zfs tank/my\\040home rw'), {}, ['sdc', 'sdd']],
  ['a snapshot', line('0:35', 'zfs tan@x rw'), {}, ['sde']],
  ['bcachefs by a list', line('0:36', 'bcachefs /dev/sdf:/dev/gone rw'), {}, ['sdf', 'sdg']],
  [
    'bcachefs by its uuid',
    line('0:36', `bcachefs UUID=${uuid} rw`),
    bcachefs,
    ['sdf', 'sdg', 'sdh'],
  ],
];

for (const [name, mount, standings, expected] of holders) {
  test(`on which devices it is: ${name}`, () => {
    assert.equal(readTable([mount], blocks, standings)[0]?.blockDevices, expected);
  });
}

test('a table of a thousand mounts keeps its order and all of them', () => {
  const table = Array.from(
    { length: 1000 },
    (_, index) => `${index} 1 8:1 / /m${index} rw - ext4 /dev/sda1 rw`,
  );
  const found = readTable(table, blocks);
  assert.equal(
    found.map(({ mountPoint }) => mountPoint),
    table.map((_, index) => `/m${index}`),
  );
  assert.ok(found.every(({ blockDevices }) => blockDevices[0] === 'sda1'));
});

test('swaps: kinds, sizes, and none that is deleted', () => {
  const text = lines(
    'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority',
    '/dev/dm-1                               partition\t8388604\t\t0\t\t-2',
    '/dev/zram0                              partition\t4096\t\t0\t\t100',
    '/dev/sda3                               partition\t1020\t\t0\t\t-3',
    '/my\\040swap\\303\\274\t\t\tfile\t\t2048\t\t0\t\t-4',
    '/swap\\040(deleted)\t\t\tfile\t\t2048\t\t0\t\t-5',
    'odd',
  );
  const known = [
    madeUpBlock('dm-1', { kind: 'plain-crypt', number: '254:1' }),
    madeUpBlock('zram0', { kind: 'zram', number: '252:0' }),
  ];
  assert.equal(readSwaps(smallTree({ '/proc/swaps': text }), new BlockLookup(known)), [
    {
      path: '/dev/dm-1',
      kind: 'random-encrypted',
      blockDevice: 'dm-1',
      sizeBytes: 8_589_930_496,
      priority: -2,
    },
    { path: '/dev/sda3', kind: 'partition', blockDevice: null, sizeBytes: 1_044_480, priority: -3 },
    { path: '/dev/zram0', kind: 'zram', blockDevice: 'zram0', sizeBytes: 4_194_304, priority: 100 },
    { path: '/my swapü', kind: 'file', blockDevice: null, sizeBytes: 2_097_152, priority: -4 },
  ]);
});

test('a place is a folder, a single file, or nobody could look', () => {
  const table = [
    '1 1 8:1 / / rw - ext4 /dev/a rw',
    '1 1 8:1 /etc/motd /my\\040file rw - ext4 /dev/a rw',
    '1 1 8:1 /srv /srv rw - ext4 /dev/a rw',
    '1 1 0:40 /x /nas rw - nfs4 nas:/x rw',
  ];
  const seen = (standings: Standings): readonly (boolean | null)[] =>
    readTable(table, [], standings).map(({ isFolder }) => isFolder);
  assert.equal(seen({}), [true, null, null, null]);
  assert.equal(seen({ '/mounts/single-files': '/my\\040file\n' }), [true, false, true, null]);
});

test.run();
