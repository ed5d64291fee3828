import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BlockDevice, Facts } from '../../../src/hardware/facts/facts.ts';
import type { ModuleChoices } from '../../../src/hardware/module/hardware-module.ts';
import { content, disk, partition, without } from './made-up-disks.ts';
import { leftOut, planned, said } from './said-module.ts';

/** A pool on one partition of each of these, with its links. */
function poolOn(...links: readonly (readonly string[])[]): Partial<Facts> {
  const blockDevices: readonly BlockDevice[] = links.flatMap((own, at) => [
    disk(`vd${at}`),
    partition(`vd${at}1`, `vd${at}`, 1, content('zfs_member', '1', 'tank'), { links: own }),
  ]);
  return {
    hostId: '8425E349',
    zfsMountPoints: { 'tank/root': 'legacy' },
    blockDevices,
    mounts: [without('/', 'zfs', 'tank/root')],
  };
}

function systemOf(facts: Partial<Facts>, choices: Partial<ModuleChoices> = {}): string[] {
  return said(planned(facts, choices)).filter(line => /zfs\.|hostId/.test(line));
}

const hostId = '!networking.hostId ?= 8425e349';
const byId = 'disk/by-id/virtio-SERIAL-part1';

test('NixOS finds the pools where their disks have names', () => {
  const cases: readonly (readonly [Partial<Facts>, string | undefined])[] = [
    [poolOn([byId, 'disk/by-partuuid/a']), undefined],
    [poolOn(['disk/by-partuuid/a', 'disk/by-path/p']), '/dev/disk/by-partuuid'],
    [poolOn(['disk/by-path/p']), '/dev/disk/by-path'],
    [poolOn(['block/252:1']), '/dev'],
    // Half of a mirror is not what is to be imported.
    [poolOn([byId, 'disk/by-partuuid/a'], ['disk/by-partuuid/b']), '/dev/disk/by-partuuid'],
  ];
  for (const [facts, nodes] of cases) {
    const line = nodes === undefined ? [] : [`!boot.zfs.devNodes = ${nodes}`];
    assert.equal(systemOf(facts), [...line, hostId]);
    assert.equal(leftOut(facts), []);
  }
});

test('what a redacted capture does not say of their names is not made up', () => {
  const reason =
    'boot.zfs.devNodes: it is not known whether the disks have names below /dev/disk/by-id: if not, it has to be /dev/disk/by-partuuid';
  const redacted = {
    ...poolOn(['disk/by-partuuid/a']),
    unknown: ['names in /dev/disk/by-id'],
  };
  assert.equal(systemOf(redacted), [hostId]);
  assert.equal(leftOut(redacted), [reason]);
  assert.equal(leftOut(poolOn([])), [reason]);
});

test('the number of the machine: none that is not its own', () => {
  const facts = poolOn([byId]);
  assert.equal(leftOut({ ...facts, hostId: '00000000' }), [
    'networking.hostId: ZFS needs it, and it is not known: see hostid(1)',
  ]);
  const mounted = { ...facts, mounts: [without('/mnt', 'zfs', 'tank/root')] };
  assert.equal(systemOf(mounted, { root: '/mnt' }), []);
  assert.equal(leftOut(mounted, { root: '/mnt' }), [
    "networking.hostId: ZFS needs it, and the one that is known is the installer's: choose eight hexadecimal digits",
  ]);
});

test.run();
