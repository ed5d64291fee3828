import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BlockDevice } from '../../../src/hardware/facts/facts.ts';
import { BlockIndex } from '../../../src/hardware/module/block-index.ts';
import { nameDevice, namingOrder } from '../../../src/hardware/module/device-name.ts';
import type { DeviceNaming } from '../../../src/hardware/module/hardware-module.ts';
import { madeUpBlock } from '../made-up-facts.ts';
import { content, disk, mapping, on, partition } from './made-up-disks.ts';
import { leftOut, saidOfStorage } from './said-module.ts';

function named(device: BlockDevice, others: readonly BlockDevice[], by: DeviceNaming = 'uuid') {
  return nameDevice(device, namingOrder(by), new BlockIndex([...others, device]));
}

const links = [
  'disk/by-diskseq/9-part2',
  'disk/by-id/ata-ADATA_SU800_X1-part2',
  'disk/by-id/wwn-0x5000-part2',
  'disk/by-label/root',
  'disk/by-partuuid/p2',
  'disk/by-path/pci-0000:00:17.0-ata-1-part/by-uuid/u2',
  'disk/by-path/pci-0000:00:17.0-ata-1-part2',
  'disk/by-uuid/u2',
];
const linked = partition('sda2', 'sda', 2, content('ext4', 'u2', 'root'), { links });

test('a device has the name that was asked for', () => {
  const asked: Readonly<Record<DeviceNaming, string>> = {
    uuid: '/dev/disk/by-uuid/u2',
    partuuid: '/dev/disk/by-partuuid/p2',
    label: '/dev/disk/by-label/root',
    id: '/dev/disk/by-id/ata-ADATA_SU800_X1-part2',
    path: '/dev/disk/by-path/pci-0000:00:17.0-ata-1-part2',
  };
  for (const [by, path] of Object.entries(asked) as [DeviceNaming, string][])
    assert.equal(named(linked, [disk('sda')], by), { path, notes: [], isLasting: true });
});

test('a name that another device has too is passed over, and it is said', () => {
  const clone = { ...linked, name: 'sdb2', liesOn: ['sdb'] };
  const others = [disk('sda'), disk('sdb')];
  const ownId = { ...clone, links: links.filter(link => !link.includes('by-id')) };
  const uuid = 'not by UUID: another device has the same';
  const partuuid = 'not by partition UUID: another device has the same';
  assert.equal(named(linked, [...others, ownId]), {
    path: '/dev/disk/by-id/ata-ADATA_SU800_X1-part2',
    notes: [uuid, partuuid],
    isLasting: true,
  });
  const last = named(linked, [...others, clone]);
  assert.equal([last.path, last.isLasting], ['/dev/sda2', false]);
  assert.match(last.notes.at(-1) ?? '', 'unstable');
});

test('the same label on something else is a doubt; what a device lies on is none', () => {
  const swap = partition('sda3', 'sda', 3, content('swap', 'u3', 'root'));
  assert.is(named(linked, [swap], 'label').path, '/dev/disk/by-uuid/u2');
  const raid = madeUpBlock('md0', {
    kind: 'mdraid',
    liesOn: ['sda2'],
    content: content('ext4', 'u2', 'root'),
  });
  assert.is(named(raid, [linked]).path, '/dev/disk/by-uuid/u2');
});

test('a volume and its snapshot, which have one UUID, go by the names of their mappings', () => {
  const fs = content('ext4', 'u');
  const pv = disk('sda', undefined, { content: content('LVM2_member', 'pv') });
  const real = mapping('lvm', 'dm-0', 'vg-root-real', ['sda'], fs);
  const cow = mapping('lvm', 'dm-1', 'vg-snap-cow', ['sda'], null);
  const root = mapping('lvm', 'dm-2', 'vg-root', ['dm-0'], fs);
  const snap = mapping('lvm', 'dm-3', 'vg-snap', ['dm-0', 'dm-1'], fs);
  assert.is(named(root, [pv, real]).path, '/dev/disk/by-uuid/u');
  assert.is(named(root, [pv, real, cow, snap]).path, '/dev/mapper/vg-root');
  assert.is(named(snap, [pv, real, cow, root]).path, '/dev/mapper/vg-snap');
});

test('paths to one disk are no copies of it', () => {
  const fs = content('ext4', 'u');
  const paths = [disk('sda', undefined, { content: fs }), disk('sdb', undefined, { content: fs })];
  const whole = mapping('multipath', 'dm-0', 'mpatha', ['sda', 'sdb'], fs);
  assert.is(named(whole, paths).path, '/dev/disk/by-uuid/u');
  const ofPath = partition('sda1', 'sda', 1, content('xfs', 'u1'));
  const part = mapping('other-mapping', 'dm-1', 'mpatha-part1', ['dm-0'], content('xfs', 'u1'));
  assert.is(named(part, [...paths, whole, ofPath]).path, '/dev/disk/by-uuid/u1');
});

test('members of one btrfs share its UUID; a copy of its only device does not', () => {
  const member = (name: string, memberUuid: string) =>
    disk(name, undefined, { content: { ...content('btrfs', 'u'), memberUuid } });
  assert.is(named(member('sda', 'a'), [member('sdb', 'b')]).path, '/dev/disk/by-uuid/u');
  assert.is(named(member('sda', 'a'), [member('sdb', 'a')]).path, '/dev/sda');
});

test('labels are encoded as udev does, and those that hold no text are no names', () => {
  const labelled = (label: string) =>
    disk('sda', undefined, { content: content('ext4', 'u', label) });
  const cases = {
    'my root': '/dev/disk/by-label/my\\x20root',
    'a/b"$\\': '/dev/disk/by-label/a\\x2fb\\x22\\x24\\x5c',
    'line\nfeed': '/dev/disk/by-label/line\\x0afeed',
    größe: '/dev/disk/by-label/größe',
    'r\uFFFDot': '/dev/disk/by-uuid/u',
    '\u202egpj': '/dev/disk/by-uuid/u',
  };
  for (const [label, path] of Object.entries(cases))
    assert.is(named(labelled(label), [], 'label').path, path);
});

test('what udev linked counts, not what lies there: a volume that it was told to pass over', () => {
  const hiddenOne = mapping('lvm', 'dm-0', 'vg-thin', [], content('ext4', 'u'));
  assert.is(named({ ...hiddenOne, links: ['mapper/vg-thin'] }, []).path, '/dev/mapper/vg-thin');
  assert.is(named(hiddenOne, []).path, '/dev/disk/by-uuid/u');
});

test('odd facts: a device on itself, a mapping whose name leads elsewhere', () => {
  const loop = mapping('lvm', 'dm-0', '../sda', ['dm-0'], null);
  assert.is(named(loop, []).path, '/dev/dm-0');
});

test('a file system on several devices goes by what they share, whatever was asked', () => {
  const member = (name: string) =>
    partition(name, 'sda', 1, { ...content('btrfs', 'u', 'pool'), memberUuid: name });
  const facts = {
    blockDevices: [disk('sda'), member('sda1'), member('sda2')],
    mounts: [on(['sda1', 'sda2'], '/', 'btrfs')],
  };
  const line = (deviceBy: DeviceNaming) => saidOfStorage(facts, { deviceBy })[0];
  assert.is(line('partuuid'), '!fileSystems./.device = /dev/disk/by-uuid/u');
  assert.is(line('path'), '!fileSystems./.device = /dev/disk/by-uuid/u');
});

test('LUKS and swap are named as was asked too; what is overwritten never by its content', () => {
  const facts = {
    blockDevices: [
      disk('sda', undefined, { links: ['disk/by-id/ata-DISK', 'disk/by-path/pci-1-ata-1'] }),
      partition('sda1', 'sda', 1, content('crypto_LUKS', 'luks')),
      mapping('luks', 'dm-0', 'root', ['sda1'], content('ext4', 'u', 'root')),
      mapping('plain-crypt', 'dm-1', 'swap', ['sdb'], content('swap', 'anew', 'anew')),
      disk('sdb', undefined, { links: ['disk/by-id/ata-SWAP', 'disk/by-uuid/old'] }),
    ],
    mounts: [on(['dm-0'], '/', 'ext4')],
    swaps: [
      {
        path: '/dev/dm-1',
        kind: 'random-encrypted',
        blockDevice: 'dm-1',
        sizeBytes: 1,
        priority: -2,
      },
    ],
  } as const;
  const devices = (deviceBy: DeviceNaming) =>
    saidOfStorage(facts, { deviceBy })
      .filter(line => line.includes('device ='))
      .map(line => line.replace(/.* = /, ''));
  assert.equal(devices('uuid'), [
    '/dev/disk/by-uuid/u',
    '/dev/disk/by-uuid/luks',
    '/dev/disk/by-id/ata-SWAP',
  ]);
  assert.equal(devices('label'), [
    '/dev/disk/by-label/root',
    '/dev/disk/by-uuid/luks',
    '/dev/disk/by-id/ata-SWAP',
  ]);
  assert.equal(devices('partuuid'), [
    '/dev/disk/by-uuid/u',
    '/dev/disk/by-partuuid/part-sda1',
    '/dev/disk/by-id/ata-SWAP',
  ]);
});

test('a device without a lasting name is in doubt, and is not overwritten', () => {
  const bare = disk('sda');
  const mapped = mapping('plain-crypt', 'dm-0', 'swap', ['sda'], content('swap', 'anew'));
  const facts = {
    blockDevices: [bare, mapped, disk('sdb', undefined, { content: content('ext4', null) })],
    mounts: [on(['sdb'], '/', 'ext4')],
    swaps: [
      {
        path: '/dev/dm-0',
        kind: 'random-encrypted',
        blockDevice: 'dm-0',
        sizeBytes: 1,
        priority: 1,
      },
    ],
  } as const;
  assert.equal(saidOfStorage(facts), ['!fileSystems./.device = /dev/sdb']);
  assert.equal(leftOut(facts), [
    '/: in doubt: no lasting name of its device is known',
    'swap with a random key: no lasting name of its device is known, and it is overwritten',
  ]);
});

test.run();
