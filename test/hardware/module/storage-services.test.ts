import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BlockDevice, Facts } from '../../../src/hardware/facts/facts.ts';
import { madeUpBlock } from '../made-up-facts.ts';
import { content, disk, mapping, on, partition } from './made-up-disks.ts';
import { leftOut, planned, said } from './said-module.ts';

// What has to run for storage to be put together, beside what `fileSystems` says.

function services(facts: Partial<Facts>): string[] {
  return said(planned(facts)).filter(line => /\b(services|stratis|preLVM)\b/.test(line));
}

const pv: readonly BlockDevice[] = [
  disk('sda'),
  partition('sda1', 'sda', 1, content('ext4', 'root-uuid')),
  partition('sda2', 'sda', 2, content('LVM2_member', 'pv')),
];
const root = on(['sda1'], '/', 'ext4');

const lvmId = `LVM-${'b'.repeat(64)}`;

/** A logical volume, or a part of one that lvm2 calls by a layer. */
function volume(
  name: string,
  called: string,
  liesOn: readonly string[],
  layer: string | undefined,
  holds: BlockDevice['content'] = null,
): BlockDevice {
  const uuid = layer === undefined ? lvmId : `${lvmId}-${layer}`;
  return { ...mapping('lvm', name, called, liesOn, holds), mapping: { name: called, uuid } };
}

/** A volume with a file system on it, on parts of these names and layers. */
function volumeOn(
  ...parts: readonly (readonly [name: string, layer?: string])[]
): readonly BlockDevice[] {
  return [
    ...pv,
    ...parts.map(([called, layer], at) => volume(`dm-${at}`, called, ['sda2'], layer)),
    volume(
      'dm-9',
      'vg-data',
      parts.map((_, at) => `dm-${at}`),
      undefined,
      content('ext4', 'data-uuid'),
    ),
  ];
}

test('bcache below what the initrd mounts, or opens, is put together there', () => {
  const blockDevices = [
    disk('sda'),
    partition('sda1', 'sda', 1, content('ext4', 'root-uuid')),
    partition('sda2', 'sda', 2, content('bcache', 'b')),
    madeUpBlock('bcache0', { kind: 'bcache', liesOn: ['sda2'], content: content('ext4', 'c') }),
    mapping('luks', 'dm-0', 'crypt', ['bcache0'], content('ext4', 'd')),
  ];
  const option = 'boot.initrd.services.bcache.enable = true';
  assert.equal(services({ blockDevices, mounts: [on(['bcache0'], '/', 'ext4')] }), [`!${option}`]);
  assert.equal(services({ blockDevices, mounts: [root, on(['dm-0'], '/data', 'ext4')] }), [option]);
  assert.equal(services({ blockDevices, mounts: [root, on(['bcache0'], '/data', 'ext4')] }), []);
});

test('thin, cached and VDO volumes need programs that LVM does not bring by itself', () => {
  const thin = 'services.lvm.boot.thin.enable = true';
  const vdo = 'services.lvm.boot.vdo.enable = true';
  const cases: readonly (readonly [readonly BlockDevice[], readonly string[]])[] = [
    [volumeOn(['vg-pool-tpool', 'tpool']), [thin]],
    [volumeOn(['vg-data_corig', 'real'], ['vg-cache_cvol', 'cdata']), [thin]],
    [volumeOn(['vg-vpool0-vpool', 'vpool']), [vdo]],
    [volumeOn(['vg-data_rimage_0'], ['vg-data_rmeta_0']), []],
    [volumeOn(), []],
  ];
  for (const [blockDevices, lines] of cases) {
    const data = on(['dm-9'], '/data', 'ext4');
    assert.equal(services({ blockDevices, mounts: [root, data] }), lines);
    const asRoot = services({ blockDevices, mounts: [on(['dm-9'], '/', 'ext4')] });
    assert.equal(asRoot, [
      '!boot.initrd.services.lvm.enable = true',
      ...lines.map(line => `!${line}`),
    ]);
  }
});

test('LUKS, LVM, LUKS: only what lies on LVM waits for it', () => {
  const blockDevices = [
    disk('sda'),
    partition('sda1', 'sda', 1, content('crypto_LUKS', 'outer-uuid')),
    mapping('luks', 'dm-0', 'outer', ['sda1'], content('LVM2_member', 'pv')),
    mapping('lvm', 'dm-1', 'vg-root', ['dm-0'], content('crypto_LUKS', 'inner-uuid')),
    mapping('luks', 'dm-2', 'inner', ['dm-1'], content('ext4', 'root-uuid')),
  ];
  assert.equal(services({ blockDevices, mounts: [on(['dm-2'], '/', 'ext4')] }), [
    '!boot.initrd.services.lvm.enable = true',
    '!boot.initrd.luks.devices.inner.preLVM = config.boot.initrd.systemd.enable',
  ]);
});

const pool = '0123456789abcdef0123456789abcdef';
const poolId = '01234567-89ab-cdef-0123-456789abcdef';

/** A pool on an encrypted disk with one file system, as stratisd stacks it. */
const stratis: readonly BlockDevice[] = [
  ...pv.slice(0, 2),
  partition('sda2', 'sda', 2, content('crypto_LUKS', 'stratis-luks')),
  mapping('luks', 'dm-0', `stratis-1-private-${pool}-crypt`, ['sda2'], content('stratis', 'p')),
  mapping('other-mapping', 'dm-1', `stratis-1-private-${pool}-flex-thindata`, ['dm-0'], null),
  mapping('other-mapping', 'dm-2', `stratis-1-private-${pool}-thinpool-pool`, ['dm-1'], null),
  mapping(
    'other-mapping',
    'dm-3',
    `stratis-1-${pool}-thin-fs-${'f'.repeat(32)}`,
    ['dm-2'],
    content('xfs', 'x-uuid'),
  ),
];

test('Stratis sets up and opens its own: NixOS is told the pool, and nothing of what is below', () => {
  const asRoot = { blockDevices: stratis, mounts: [on(['dm-3'], '/', 'xfs')] };
  assert.equal(services(asRoot), [`!fileSystems./.stratis.poolUuid = ${poolId}`]);
  assert.equal(leftOut(asRoot), []);
  assert.not.ok(said(planned(asRoot)).some(line => line.includes('luks')));
  const bind = on(['dm-3'], '/srv', 'xfs', { rootInside: '/srv' });
  const besides = { blockDevices: stratis, mounts: [root, on(['dm-3'], '/data', 'xfs'), bind] };
  assert.equal(services(besides), [
    'services.stratis.enable = true',
    `fileSystems./data.stratis.poolUuid = ${poolId}`,
  ]);
  assert.ok(said(planned(besides)).includes('fileSystems./srv.device = /data/srv'));
});

test('disks that a server has are mounted when the network is there, and not waited for', () => {
  const path = '/devices/platform/host6/session1/target6:0:0/6:0:0:1';
  const blockDevices = [
    ...pv,
    madeUpBlock('sdb', { device: path, content: content('ext4', 'iscsi-uuid') }),
    madeUpBlock('nbd0', { content: content('ext4', 'nbd-uuid') }),
    madeUpBlock('nbd1', { content: content('crypto_LUKS', 'far-luks') }),
    mapping('luks', 'dm-0', 'far', ['nbd1'], content('ext4', 'far-uuid')),
  ];
  const lines = said(
    planned({
      blockDevices,
      mounts: [root, on(['sdb'], '/data', 'ext4'), on(['nbd0'], '/nbd', 'ext4')],
    }),
  ).filter(line => line.includes('.options'));
  assert.equal(lines, [
    'fileSystems./data.options + _netdev',
    'fileSystems./data.options + nofail',
    'fileSystems./nbd.options + _netdev',
    'fileSystems./nbd.options + nofail',
  ]);
  assert.equal(leftOut({ blockDevices, mounts: [root, on(['sdb'], '/data', 'ext4')] }), [
    'disk over a network: /data on it: set up by hand what connects to it',
  ]);
  // It would be asked for in the initrd.
  const sealed = { blockDevices, mounts: [root, on(['dm-0'], '/far', 'ext4')] };
  assert.not.ok(said(planned(sealed)).some(line => line.includes('far')));
  assert.match(leftOut(sealed)[0] ?? '', '/far: it is on LUKS far on ');
  // In the initrd these would be options of a mount that nothing else can make up for.
  const asRoot = said(planned({ blockDevices, mounts: [on(['sdb'], '/', 'ext4')] }));
  assert.not.ok(asRoot.some(line => line.includes('.options')));
});

test('a swap on a volume of ZFS waits for a pool that nothing else imports', () => {
  const zvol = madeUpBlock('zd0', { kind: 'other-mapping', content: content('swap', 's-uuid') });
  const facts: Partial<Facts> = {
    blockDevices: [...pv, zvol],
    mounts: [root],
    swaps: [
      { path: '/dev/zd0', kind: 'partition', blockDevice: 'zd0', sizeBytes: 1, priority: -2 },
    ],
  };
  assert.equal(leftOut(facts), [
    'ZFS volume: swap on it: its pool has to be imported (boot.zfs.extraPools)',
  ]);
});

test.run();
