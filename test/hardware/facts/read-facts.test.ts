import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readFacts } from '../../../src/hardware/facts/read-facts.ts';
import type { FileTree } from '../../../src/hardware/sources/file-tree.ts';
import type { HardwareSource } from '../../../src/hardware/sources/hardware-source.ts';
import {
  block,
  classDevice,
  device,
  lines,
  type Standings,
  smallTree,
  sourceOf,
} from './small-tree.ts';

/** A server with a hundred disks of two partitions each, and as many other devices. */
function server(): Standings {
  const found: Record<string, Standings[string]> = {
    '/proc/cpuinfo': lines('processor\t: 0', 'vendor_id\t: GenuineIntel', 'flags\t\t: lm'),
    '/proc/swaps': lines('Filename', '/dev/sd9p2 partition 4 0 -2', '/dev/sd10p2 partition 4 0 -3'),
    '/proc/modules': lines('sd_mod 1 0', 'mpt3sas 1 0'),
    '/proc/self/mountinfo': lines(
      '1 0 8:0 / / rw - ext4 /dev/root rw',
      '2 1 0:5 / /data rw - zfs tank rw',
    ),
    '/run/systemd/container': 'docker\n',
  };
  const controller = '/devices/pci0000:00/0000:00:01.0';
  const pci = ['PCI_CLASS=10700', 'PCI_ID=1000:0097'];
  Object.assign(found, device(controller, 'pci', pci, 'mpt3sas@mpt3sas'));
  for (let number = 0; number < 100; number++) {
    const target = `${controller}/host0/target0:0:${number}/0:0:${number}:0`;
    const disk = `${target}/block/sd${number}`;
    const path = `/devices/pci0000:00/0000:02:${number}.0`;
    Object.assign(
      found,
      device(target, 'scsi', ['MODALIAS=scsi:t-0x00'], 'sd@sd_mod'),
      block(disk, { number: `8:${number * 16}`, udev: ['E:ID_PART_TABLE_TYPE=gpt'] }),
      ...[1, 2].map(part =>
        block(`${disk}/sd${number}p${part}`, {
          number: `8:${number * 16 + part}`,
          type: 'partition',
          udev: ['E:ID_FS_TYPE=zfs_member', 'E:ID_FS_LABEL=tank'],
        }),
      ),
      device(path, 'pci', ['PCI_CLASS=20000', 'PCI_ID=8086:10D3'], 'e1000e@e1000e'),
      classDevice(`${path}/net/eth${number}`, 'net', []),
      {
        [`/sys${path}/net/eth${number}/type`]: '1\n',
        [`/sys${path}/net/eth${number}/device`]: { to: `/sys${path}` },
      },
    );
  }
  return found;
}

/** The same source, and how often each of its files was read. */
function counted(source: HardwareSource): { source: HardwareSource; reads: Map<string, number> } {
  const reads = new Map<string, number>();
  const { tree } = source;
  const count = (path: string): string => {
    reads.set(path, (reads.get(path) ?? 0) + 1);
    return path;
  };
  const counting: FileTree = {
    names: path => tree.names(path),
    text: path => tree.text(count(path)),
    bytes: path => tree.bytes(count(path)),
    realPath: path => tree.realPath(path),
    unreadable: tree.unreadable,
  };
  return { source: { ...source, tree: counting }, reads };
}

test('no file is read twice: on a live machine each read costs, and may say another thing', () => {
  const { source, reads } = counted(sourceOf(smallTree(server())));
  const facts = readFacts(source);
  assert.is(facts.blockDevices.length, 300);
  assert.equal(
    [...reads].filter(([, count]) => count > 1),
    [],
  );
});

test('facts do not depend on the order in which a machine lists things', () => {
  const standings = Object.entries(server());
  const facts = [standings, standings.toReversed()].map(each =>
    JSON.stringify(readFacts(sourceOf(smallTree(Object.fromEntries(each))))),
  );
  assert.is(facts[0], facts[1]);
});

test('lists are in byte order, the mount table is in its own', () => {
  const facts = readFacts(sourceOf(smallTree(server())));
  const orders: readonly (readonly string[])[] = [
    facts.devices.map(({ path }) => path),
    facts.blockDevices.map(({ name }) => name),
    facts.swaps.map(({ path }) => path),
    facts.networkInterfaces.map(({ name }) => name),
    facts.loadedModules,
  ];
  for (const order of orders) assert.equal(order, order.toSorted());
  assert.equal(
    facts.swaps.map(({ blockDevice }) => blockDevice),
    ['sd10p2', 'sd9p2'],
  );
  assert.equal(
    facts.mounts.map(({ blockDevices }) => blockDevices.length),
    [1, 200],
  );
});

test('nothing at all is no error', () => {
  const facts = readFacts(sourceOf(smallTree({})));
  assert.equal(facts, {
    platform: null,
    kernel: { release: null, commandLine: null },
    cpu: {
      vendor: null,
      model: null,
      family: null,
      count: 0,
      virtualisation: null,
      isVirtual: false,
    },
    firmware: { kind: 'unknown', bits: null, secureBoot: null },
    dmi: null,
    deviceTree: null,
    virtualisation: { machine: null, container: null },
    devices: [],
    blockDevices: [],
    mounts: [],
    swaps: [],
    networkInterfaces: [],
    keyboards: [],
    graphics: [],
    tpms: [],
    loadedModules: [],
    zfsMountPoints: {},
    hostId: null,
    unknown: [],
  });
});

const unknowns: readonly (readonly [string, HardwareSource, readonly string[]])[] = [
  ['what a source is silent on, once', sourceOf(smallTree({}), ['a', 'a']), ['a']],
  [
    'files that cannot be read',
    sourceOf(smallTree({}, ['/sys/b', '/sys/a'])),
    ['what /sys/a says', 'what /sys/b says'],
  ],
  [
    'too many of them',
    sourceOf(
      smallTree(
        {},
        Array.from({ length: 12 }, (_, each) => `/sys/${String(each).padStart(2, '0')}`),
      ),
    ),
    [
      ...Array.from({ length: 10 }, (_, each) => `what /sys/0${each} says`),
      'what 2 more files say',
    ],
  ],
  [
    'variables of the firmware',
    sourceOf(smallTree({ '/sys/firmware/efi/fw_platform_size': '64\n' })),
    ['whether Secure Boot is on'],
  ],
  [
    'disks of which neither udev nor blkid say anything',
    sourceOf(smallTree(block('/devices/x/block/sda', { number: '8:0' }))),
    ['what is on the block devices'],
  ],
  [
    'mappings that only root may ask about',
    sourceOf(
      smallTree(
        block('/devices/virtual/block/dm-0', { number: '254:0', udev: ['E:ID_FS_TYPE=ext4'] }),
      ),
    ),
    ['what the device mapper’s devices are'],
  ],
  [
    'ZFS that nobody asked',
    sourceOf(smallTree({ '/proc/self/mountinfo': lines('2 1 0:5 / /data rw - zfs tank rw') })),
    ['which ZFS datasets are mounted by ZFS itself'],
  ],
  [
    'a live machine’s source has asked, and got no answer',
    { ...sourceOf(smallTree(block('/devices/x/block/sda', { number: '8:0' }))), kind: 'live' },
    [],
  ],
  [
    'a report, which never says such things and has said so',
    {
      ...sourceOf(smallTree({ '/sys/firmware/efi/fw_platform_size': '64\n' }), ['everything else']),
      kind: 'facter',
    },
    ['everything else'],
  ],
];

for (const [name, source, expected] of unknowns) {
  test(`unknown: ${name}`, () => {
    assert.equal(readFacts(source).unknown, expected);
  });
}

test.run();
