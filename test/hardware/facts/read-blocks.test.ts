import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BlockDevice } from '../../../src/hardware/facts/facts.ts';
import { readBlocks } from '../../../src/hardware/facts/read-blocks.ts';
import { readClassDevices } from '../../../src/hardware/facts/read-class-devices.ts';
import { readDevices } from '../../../src/hardware/facts/read-devices.ts';
import { block, classDevice, device, folder, type Standings, smallTree } from './small-tree.ts';

function read(...standings: readonly Standings[]): ReadonlyMap<string, BlockDevice> {
  const tree = smallTree(Object.assign({}, ...standings));
  const classes = readClassDevices(tree);
  const paths = new Set(readDevices(tree, classes).map(({ path }) => path));
  return new Map(readBlocks(tree, classes.block, paths).map(found => [found.name, found]));
}

const sata = '/devices/pci0000:00/0000:00:1f.2';
const scsi = `${sata}/ata1/host0/target0:0:0/0:0:0:0`;
const sda = `${scsi}/block/sda`;
const virtual = '/devices/virtual/block';

const disk: Standings = {
  ...device(sata, 'pci', ['PCI_CLASS=10601', 'PCI_ID=8086:2922'], 'ahci@ahci'),
  ...device(scsi, 'scsi', ['DEVTYPE=scsi_device', 'MODALIAS=scsi:t-0x00'], 'sd@sd_mod'),
  ...block(sda, {
    number: '8:0',
    sectors: 4_194_304,
    udev: ['S:disk/by-path/pci-0000:00:1f.2-ata-1', 'E:ID_PART_TABLE_TYPE=gpt', 'G:systemd'],
  }),
};

test('LVM on LUKS on a partition: what lies on what, and what is in it', () => {
  const found = read(
    disk,
    block(`${sda}/sda2`, {
      number: '8:2',
      type: 'partition',
      said: ['PARTN=2'],
      udev: [
        'S:disk/by-uuid/1c3d7b4e-2c0a-4a4e-9d2b-5b3c8a6e1f20',
        'S:disk/by-partlabel/crypt\\x20root',
        'S:disk/by-diskseq/9-part2',
        'I:123456',
        'E:ID_FS_UUID=1c3d7b4e-2c0a-4a4e-9d2b-5b3c8a6e1f20',
        'E:ID_FS_UUID_ENC=1c3d7b4e-2c0a-4a4e-9d2b-5b3c8a6e1f20',
        'E:ID_FS_TYPE=crypto_LUKS',
        'E:ID_PART_ENTRY_SCHEME=gpt',
        'E:ID_PART_ENTRY_NUMBER=2',
        'E:ID_PART_ENTRY_NAME=crypt\\x20root',
        'E:ID_PART_ENTRY_UUID=8f1f0c6e-9b0e-4f6b-9a63-0b1f5f6d2a11',
        'E:ID_PART_ENTRY_TYPE=0fc63daf-8483-4772-8e79-3d69d8477de4',
        'V:1',
      ],
    }),
    block(`${virtual}/dm-0`, {
      number: '254:0',
      slaves: ['sda2'],
      files: {
        'dm/name': 'crypt\n',
        'dm/uuid': 'CRYPT-LUKS2-1c3d7b4e2c0a4a4e9d2b5b3c8a6e1f20-crypt\n',
      },
      udev: ['S:mapper/crypt', 'E:ID_FS_TYPE=LVM2_member', 'E:ID_FS_UUID=aBcDeF-0000'],
    }),
    block(`${virtual}/dm-1`, {
      number: '254:1',
      slaves: ['dm-0'],
      files: { 'dm/name': 'vg-my--root\n', 'dm/uuid': 'LVM-aBcDeF0123\n' },
      udev: ['S:vg/my-root', 'S:mapper/vg-my--root', 'E:ID_FS_TYPE=ext4'],
    }),
  );
  assert.equal([...found.keys()], ['dm-0', 'dm-1', 'sda', 'sda2']);
  assert.equal(found.get('sda2'), {
    name: 'sda2',
    number: '8:2',
    kind: 'partition',
    sizeBytes: 1_048_576,
    isRemovable: false,
    isReadOnly: false,
    device: null,
    liesOn: ['sda'],
    partition: {
      number: 2,
      table: 'gpt',
      uuid: '8f1f0c6e-9b0e-4f6b-9a63-0b1f5f6d2a11',
      name: 'crypt root',
      type: '0fc63daf-8483-4772-8e79-3d69d8477de4',
    },
    content: {
      type: 'crypto_LUKS',
      uuid: '1c3d7b4e-2c0a-4a4e-9d2b-5b3c8a6e1f20',
      memberUuid: null,
      label: null,
    },
    mapping: null,
    raid: null,
    backingFile: null,
    links: [
      'disk/by-partlabel/crypt\\x20root',
      'disk/by-uuid/1c3d7b4e-2c0a-4a4e-9d2b-5b3c8a6e1f20',
    ],
  });
  assert.equal(
    ['sda', 'dm-0', 'dm-1'].map(name => {
      const { kind, device, liesOn, mapping } = found.get(name) ?? {};
      return [kind, device, liesOn, mapping?.name];
    }),
    [
      ['disk', scsi, [], undefined],
      ['luks', null, ['sda2'], 'crypt'],
      ['lvm', null, ['dm-0'], 'vg-my--root'],
    ],
  );
  assert.is(found.get('sda')?.sizeBytes, 2_147_483_648);
  assert.equal(found.get('dm-1')?.links, ['mapper/vg-my--root', 'vg/my-root']);
});

const mappingKinds: readonly (readonly [string, BlockDevice['kind']])[] = [
  ['CRYPT-LUKS1-aa-x', 'luks'],
  ['CRYPT-LUKS2-aa-x', 'luks'],
  ['CRYPT-PLAIN-swap', 'plain-crypt'],
  ['CRYPT-VERITY-aa-x', 'other-mapping'],
  ['CRYPT-BITLK-aa-x', 'other-mapping'],
  ['LVM-aa-tpool', 'lvm'],
  ['mpath-3600a0b80000f', 'multipath'],
  ['stratis-1-private', 'other-mapping'],
  ['', 'other-mapping'],
];

for (const [uuid, kind] of mappingKinds) {
  test(`a mapping of uuid ‘${uuid}’ is ${kind}`, () => {
    const found = read(
      block(`${virtual}/dm-3`, {
        number: '254:3',
        files: { 'dm/name': 'x\n', 'dm/uuid': `${uuid}\n` },
      }),
    );
    assert.is(found.get('dm-3')?.kind, kind);
    assert.equal(found.get('dm-3')?.mapping, { name: 'x', uuid: uuid === '' ? null : uuid });
  });
}

test('what the kernel does not say of a mapping or an array, udev does; else it has no name', () => {
  const found = read(
    block(`${virtual}/dm-0`, {
      number: '254:0',
      udev: ['E:DM_NAME=crypt', 'E:DM_UUID=CRYPT-LUKS2-aa-crypt'],
    }),
    block(`${virtual}/dm-1`, { number: '254:1' }),
    block(`${virtual}/md0`, { number: '9:0', udev: ['E:MD_LEVEL=raid5'] }),
  );
  assert.equal(
    [...found.values()].map(({ kind, mapping, raid }) => [kind, mapping, raid]),
    [
      ['luks', { name: 'crypt', uuid: 'CRYPT-LUKS2-aa-crypt' }, null],
      ['other-mapping', null, null],
      ['mdraid', null, { level: 'raid5', uuid: null }],
    ],
  );
});

test('a partition of a multipath disk lies on the mapping, not on a folder', () => {
  const found = read(
    disk,
    block(`${virtual}/dm-0`, {
      number: '254:0',
      slaves: ['sda'],
      files: { 'dm/name': 'mpatha\n', 'dm/uuid': 'mpath-3600\n' },
    }),
    block(`${virtual}/dm-1`, {
      number: '254:1',
      slaves: ['dm-0'],
      files: { 'dm/name': 'mpatha-part3\n', 'dm/uuid': 'part3-mpath-3600\n' },
    }),
  );
  const { kind, liesOn, partition, mapping } = found.get('dm-1') ?? {};
  assert.equal(
    [kind, liesOn, partition?.number, mapping?.name],
    ['partition', ['dm-0'], 3, 'mpatha-part3'],
  );
});

const arrayUuid = 'd0f1c2b3-a495-8677-5869-4a3b2c1d0e0f';
const raids: readonly (readonly [string, Partial<Parameters<typeof block>[1]>])[] = [
  ['udev', { udev: ['E:MD_UUID=d0f1c2b3:a4958677:58694a3b:2c1d0e0f'] }],
  ['the kernel', { files: { 'md/level': 'raid1\n', 'md/uuid': `${arrayUuid}\n` } }],
  ['its members', {}],
];

for (const [who, told] of raids) {
  test(`an md array’s uuid as ${who} tells it is spelled as that of its members`, () => {
    const found = read(
      disk,
      block(`${sda}/sda1`, {
        number: '8:1',
        type: 'partition',
        udev: ['E:ID_FS_TYPE=linux_raid_member', `E:ID_FS_UUID=${arrayUuid}`],
      }),
      block(`${virtual}/md127`, {
        number: '9:127',
        slaves: ['sda1'],
        files: { 'md/level': 'raid1\n' },
        ...told,
      }),
    );
    const { kind, liesOn, raid } = found.get('md127') ?? {};
    assert.equal([kind, liesOn, raid?.uuid], ['mdraid', ['sda1'], arrayUuid]);
  });
}

test('an NVMe disk with several paths hangs on its controller, and its hidden halves are left out', () => {
  const first = '/devices/pci0000:00/0000:00:03.0/0000:01:00.0';
  const second = '/devices/pci0000:00/0000:00:04.0/0000:02:00.0';
  const head = '/devices/virtual/nvme-subsystem/nvme-subsys2/nvme2n1';
  const found = read(
    device(first, 'pci', ['PCI_ID=144D:A824'], 'nvme@nvme'),
    device(second, 'pci', ['PCI_ID=144D:A825'], 'nvme@nvme'),
    // Numbers of controllers are not those of subsystems.
    classDevice(`${first}/nvme/nvme5`, 'nvme', []),
    classDevice(`${second}/nvme/nvme2`, 'nvme', []),
    {
      [`/sys${second}/nvme/nvme2/nvme1c2n1`]: folder,
      '/sys/devices/virtual/nvme-subsystem/nvme-subsys2/uevent': '',
      '/sys/devices/virtual/nvme-subsystem/nvme-subsys2/subsystem': {
        to: '/sys/class/nvme-subsystem',
      },
    },
    block(`${first}/nvme/nvme5/nvme2c5n1`, { number: '259:0', files: { hidden: '1\n' } }),
    block(head, { number: '259:1' }),
    block(`${head}/nvme2n1p1`, { number: '259:2', type: 'partition' }),
  );
  assert.equal([...found.keys()], ['nvme2n1', 'nvme2n1p1']);
  assert.is(found.get('nvme2n1')?.kind, 'disk');
  assert.is(found.get('nvme2n1')?.device, `${first}/nvme/nvme5`);
});

test('what is kept ready and not in use is no block device', () => {
  const found = read(
    block(`${virtual}/loop0`, { number: '7:0', sectors: 0 }),
    block(`${virtual}/loop1`, { number: '7:1', files: { 'loop/backing_file': '/a b \n' } }),
    block(`${virtual}/ram0`, { number: '1:0' }),
    block(`${virtual}/zram0`, { number: '252:0', sectors: 0 }),
    block(`${virtual}/zram1`, { number: '252:1' }),
    block(`${virtual}/nbd0`, { number: '43:0', sectors: 0 }),
    block(`${virtual}/nbd1`, { number: '43:1' }),
    block(`${virtual}/bcache0`, { number: '251:0', slaves: ['ram0', 'zram1'] }),
    block('/devices/pci0000:00/ata2/block/sr0', { number: '11:0', sectors: 0 }),
    block('/devices/pci0000:00/usb1/block/sdb', { number: '8:16', sectors: 0 }),
  );
  assert.equal(
    [...found.values()].map(({ name, kind, liesOn, backingFile }) => [
      name,
      kind,
      liesOn,
      backingFile,
    ]),
    [
      ['bcache0', 'bcache', ['zram1'], null],
      ['loop1', 'loop', [], '/a b '],
      ['nbd1', 'other-mapping', [], null],
      ['sdb', 'disk', [], null],
      ['sr0', 'optical', [], null],
      ['zram1', 'zram', [], null],
    ],
  );
});

const contents: readonly (readonly [string, readonly string[], BlockDevice['content']])[] = [
  [
    'a label in other letters, with blanks and what shells obey',
    [
      'E:ID_FS_TYPE=ext4',
      'E:ID_FS_LABEL=M__',
      'E:ID_FS_LABEL_ENC=M\\xc3\\xbc\\x20\\x24\\x7bx\\x7d\\x5c\\x22\\x0a',
    ],
    { type: 'ext4', uuid: null, memberUuid: null, label: 'Mü ${x}\\"\n' },
  ],
  [
    'a label that is no UTF-8',
    ['E:ID_FS_TYPE=vfat', 'E:ID_FS_LABEL_ENC=\\xff', 'E:ID_FS_UUID=12AB-34CD'],
    { type: 'vfat', uuid: '12AB-34CD', memberUuid: null, label: '\ufffd' },
  ],
  [
    'a member of several',
    ['E:ID_FS_TYPE=btrfs', 'E:ID_FS_UUID=u', 'E:ID_FS_UUID_SUB=m', 'E:ID_FS_LABEL='],
    { type: 'btrfs', uuid: 'u', memberUuid: 'm', label: null },
  ],
  ['nothing', ['E:DEVTYPE=disk', 'E', 'E:', 'X:ID_FS_TYPE=ext4'], null],
];

for (const [name, udev, expected] of contents) {
  test(`content: ${name}`, () => {
    assert.equal(read(block(sda, { number: '8:0', udev })).get('sda')?.content, expected);
  });
}

test('blkid answers where udev has no record, and not where it has one', () => {
  const blkid = 'ID_FS_UUID=b\nID_FS_TYPE=xfs\nID_PART_ENTRY_SCHEME=dos\nID_PART_ENTRY_TYPE=0x83\n';
  const found = read(
    disk,
    block(`${sda}/sda1`, { number: '8:1', type: 'partition', said: ['PARTN=1'] }),
    block(`${sda}/sda5`, { number: '8:5', type: 'partition', udev: ['E:ID_FS_TYPE=ext4'] }),
    { '/blkid/sda1': blkid, '/blkid/sda5': blkid },
  );
  assert.equal(
    ['sda1', 'sda5'].map(name => found.get(name)?.content?.type),
    ['xfs', 'ext4'],
  );
  assert.equal(found.get('sda1')?.partition, {
    number: 1,
    table: 'dos',
    uuid: null,
    name: null,
    type: '0x83',
  });
});

test('a removable disk’s partitions are removable, and an SD card can be locked', () => {
  const found = read(
    block('/devices/usb1/block/sdb', { number: '8:16', files: { removable: '1\n', ro: '1\n' } }),
    block('/devices/usb1/block/sdb/sdb1', {
      number: '8:17',
      type: 'partition',
      files: { ro: '1\n' },
    }),
  );
  for (const { isRemovable, isReadOnly } of found.values()) {
    assert.equal([isRemovable, isReadOnly], [true, true]);
  }
});

test('a disk that has vanished, odd sizes, and slaves that go in circles', () => {
  const found = read(
    { '/sys/class/block/sdz': { to: '/sys/devices/gone/block/sdz' } },
    block(`${virtual}/dm-0`, { number: '254:0', slaves: ['dm-1', 'sdz'], files: { size: '-1\n' } }),
    block(`${virtual}/dm-1`, { number: '254:1', slaves: ['dm-0'], files: { size: '\n' } }),
    block('/devices/x/cciss!c0d0', { number: '104:0' }),
  );
  assert.equal(
    [...found.values()].map(({ name, liesOn, sizeBytes }) => [name, liesOn, sizeBytes]),
    [
      ['cciss!c0d0', [], 1_048_576],
      ['dm-0', ['dm-1'], 0],
      ['dm-1', ['dm-0'], 0],
    ],
  );
});

test('an SD card comes out, as its partitions do; an MMC and what the kernel calls fixed do not', () => {
  const host = '/devices/platform/fe310000.mmc/mmc_host/mmc1';
  const card = (address: string, type: string, name: string, minor: number): Standings => ({
    ...device(`${host}/${address}`, 'mmc', [`MMC_TYPE=${type}`, 'MODALIAS=mmc:block'], 'mmcblk'),
    ...block(`${host}/${address}/block/${name}`, { number: `179:${minor}` }),
    ...block(`${host}/${address}/block/${name}/${name}p1`, {
      number: `179:${minor + 1}`,
      type: 'partition',
    }),
  });
  const found = read(
    disk,
    card('mmc1:aaaa', 'SD', 'mmcblk1', 0),
    card('mmc2:1', 'MMC', 'mmcblk2', 8),
  );
  assert.equal(
    [...found.values()].map(({ name, isRemovable }) => [name, isRemovable]),
    [
      ['mmcblk1', true],
      ['mmcblk1p1', true],
      ['mmcblk2', false],
      ['mmcblk2p1', false],
      ['sda', false],
    ],
  );
});

test.run();
