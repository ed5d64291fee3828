import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decidePlace } from '../../../src/boot/grub/devices/decide-place.ts';
import type { GrubWish, ProvidedFileSystem } from '../../../src/boot/grub/devices/grub-wish.ts';
import type { MountedFolder, PlaceFacts } from '../../../src/boot/grub/devices/place-facts.ts';
import { readPlaceFacts } from '../../../src/boot/grub/devices/read-place-facts.ts';
import type { GrubDevice, GrubPlace } from '../../../src/boot/grub/grub-place.ts';
import { GenctlError } from '../../../src/errors.ts';
import type { BlockDevice } from '../../../src/hardware/facts/facts.ts';
import { captureSource } from '../../../src/hardware/sources/capture.ts';
import type { FileTree } from '../../../src/hardware/sources/file-tree.ts';
import { madeUpBlock, madeUpMount } from '../../hardware/made-up-facts.ts';

// What GRUB has to load, to open and to look for, on machines with LVM, RAID, LUKS, btrfs and ZFS
// (captures of real ones in hw-fixtures) and on others that take a stranger device or file system.

const machines = fileURLToPath(new URL('../../../hw-fixtures', import.meta.url));

function wishFor(told: Partial<GrubWish> = {}): GrubWish {
  return {
    bootMountPoint: '/boot',
    fsIdentifier: 'uuid',
    copyKernels: false,
    enableCryptodisk: false,
    provided: new Map(),
    ...told,
  };
}

/** A machine's facts for a menu in some folder; a header that is asked for is what `headers` has. */
function readCapture(
  name: string,
  boot: string,
  headers: ReadonlyMap<string, Buffer> = new Map(),
): Promise<PlaceFacts> {
  const source = captureSource(fs.readFileSync(`${machines}/${name}/capture.tar.gz`), name);
  return readTree(source.tree, boot, headers);
}

function readTree(
  tree: FileTree,
  boot: string,
  headers: ReadonlyMap<string, Buffer> = new Map(),
): Promise<PlaceFacts> {
  return readPlaceFacts(
    {
      tree,
      readDevice: ({ name }, { offset, length }) => {
        const bytes = headers.get(name)?.subarray(offset, offset + length);
        return bytes?.length === length ? bytes : undefined;
      },
      askBlkid: ({ name }) => {
        throw new Error(`a program would run for ${name}, of which udev has said all`);
      },
    },
    { boot, store: '/nix/store', rootPath: '/' },
  );
}

function storeOf({ store }: GrubPlace): GrubDevice {
  if ('unreachable' in store) throw new Error(`unreachable: ${store.unreachable}`);
  return store;
}

function whyCopied({ store }: GrubPlace): string {
  return 'unreachable' in store ? store.unreachable : '';
}

function refusal(decide: () => unknown): GenctlError {
  try {
    decide();
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

test('a logical volume with a dash in the name of its group, on LUKS: both are opened, in order', async () => {
  // The menu in a folder of the root file system, as on a machine without a /boot of its own.
  const facts = await readCapture('qemu-lvm-on-luks', '/srv');
  const { boot, store } = decidePlace(facts, wishFor({ enableCryptodisk: true }));
  assert.equal(boot.modules, ['part_gpt', 'cryptodisk', 'luks2', 'lvm', 'ext2']);
  const [uuid = ''] = boot.cryptodisks;
  assert.is(boot.cryptodisks.length, 1);
  assert.match(uuid, /^[0-9a-f]{32}$/);
  const header = facts.blocks.find(({ content }) => content?.type === 'crypto_LUKS');
  assert.is(header?.content?.uuid?.replaceAll('-', ''), uuid);
  assert.equal(boot.search, { by: 'fs-uuid', value: contentOf(facts, 'dm-1').uuid });
  assert.is(boot.path, '/srv');
  assert.ok('path' in store);
  assert.equal([store.search, store.path], [boot.search, '/nix/store']);
  assert.match(boot.unwritable ?? '', /LUKS/);
});

test('GRUB is not told to open an encrypted device where the declaration does not say so', async () => {
  const facts = await readCapture('qemu-lvm-on-luks', '/srv');
  const { code, message, hint } = refusal(() => decidePlace(facts, wishFor()));
  assert.is(code, 'GRUB_CANNOT_READ_BOOT');
  assert.match(message, /\/srv: it is on the encrypted device \S+, .*enableCryptodisk/);
  assert.match(hint ?? '', /enableCryptodisk = true/);
});

test('a /boot beside an encrypted root is read; kernels are copied to it, and it is said why', async () => {
  const facts = await readCapture('qemu-luks-ext4', '/boot');
  const place = decidePlace(facts, wishFor());
  assert.equal(place.boot, {
    modules: ['part_gpt', 'ext2'],
    cryptodisks: [],
    search: { by: 'fs-uuid', value: contentOf(facts, 'sda2').uuid ?? '' },
    path: '',
    unwritable: undefined,
  });
  assert.match(whyCopied(place), /^GRUB cannot read \/nix\/store: .*encrypted/);
  // Opening it is allowed, and still nothing but /boot is needed to boot.
  const opened = decidePlace(facts, wishFor({ enableCryptodisk: true }));
  assert.match(whyCopied(opened), /^\/boot is a file system of its own/);
});

test('LUKS on a logical volume is opened after the volumes are there', async () => {
  const facts = await readCapture('qemu-luks-on-lvm', '/srv');
  const { boot } = decidePlace(facts, wishFor({ enableCryptodisk: true }));
  const { modules } = boot;
  assert.ok(modules.indexOf('lvm') < modules.indexOf('cryptodisk'), modules.join(' '));
  assert.is(boot.cryptodisks.length, 1);
});

test('a LUKS2 device with keys that GRUB cannot compute is not opened', async () => {
  const facts = await readCapture('qemu-luks-ext4', '/srv', new Map([['sda3', luks2('argon2id')]]));
  const { code, message, hint } = refusal(() =>
    decidePlace(facts, wishFor({ enableCryptodisk: true })),
  );
  assert.is(code, 'GRUB_CANNOT_READ_BOOT');
  assert.match(message, /Argon2/);
  assert.match(hint ?? '', /luksConvertKey --pbkdf pbkdf2 \/dev\/sda3/);
});

test('one key that GRUB can compute is enough, unless it passes over that', async () => {
  const opens = async (header: Buffer): Promise<boolean> => {
    const facts = await readCapture('qemu-luks-ext4', '/srv', new Map([['sda3', header]]));
    return facts.unopenable.size === 0;
  };
  assert.is(await opens(luks2('argon2id', 'pbkdf2')), true);
  assert.is(await opens(luks2('pbkdf2')), true);
  assert.is(await opens(luks2('argon2i')), false);
  assert.is(await opens(luks2({ type: 'luks2', priority: 0, kdf: { type: 'pbkdf2' } })), false);
  assert.is(await opens(luks2('pbkdf2', { type: 'reencrypt' })), false);
  assert.is(await opens(luks2()), false);
});

test('an array: the module of its metadata, its members, and no writing', async () => {
  const facts = await readCapture('qemu-mdraid1', '/srv');
  const { boot } = decidePlace(facts, wishFor());
  assert.equal(boot.modules, ['part_gpt', 'mdraid1x', 'ext2']);
  assert.equal(boot.search, { by: 'fs-uuid', value: contentOf(facts, 'md127').uuid });
  assert.match(boot.unwritable ?? '', /^\/srv is on a RAID array/);
});

test('an array of level 5 or 6 loads what computes a missing member; another is not understood', () => {
  const modulesAt = (level: string, metadata?: string): readonly string[] => {
    const facts = onOne({ kind: 'mdraid', raid: { level, uuid: null } });
    const raidMetadata = new Map(metadata === undefined ? [] : [['sda1', metadata]]);
    return decidePlace({ ...facts, raidMetadata }, wishFor()).boot.modules;
  };
  assert.equal(modulesAt('raid5', '1.2'), ['mdraid1x', 'raid5rec', 'ext2']);
  assert.equal(modulesAt('raid6', '0.90'), ['mdraid09', 'raid6rec', 'ext2']);
  assert.equal(modulesAt('raid1'), ['mdraid09', 'mdraid1x', 'ext2']);
  // The firmware's own RAID is a disk to GRUB.
  assert.equal(modulesAt('raid1', 'external:imsm'), ['ext2']);
  assert.is(refusal(() => modulesAt('linear', '1.2')).code, 'GRUB_CANNOT_READ_BOOT');
});

test('a mirrored volume on whole disks needs lvm and no partition table', async () => {
  const facts = await readCapture('qemu-lvm-raid1', '/srv');
  const { boot } = decidePlace(facts, wishFor());
  assert.equal(boot.modules, ['lvm', 'ext2']);
  assert.match(boot.unwritable ?? '', /LVM/);
});

test('volumes of kinds that GRUB leaves out are not readable, however their names end', () => {
  const group = `LVM-${'a'.repeat(32)}${'b'.repeat(32)}`;
  const lower = (name: string, uuid: string): string => {
    const mapping = { name, uuid };
    const facts = onOne({ kind: 'lvm', mapping });
    try {
      decidePlace(facts, wishFor());
      return 'read';
    } catch (thrown) {
      return (thrown as GenctlError).message;
    }
  };
  assert.match(lower('vg-pool-tpool', `${group}-tpool`), /thin volume/);
  assert.match(lower('vg-vpool0-vpool', `${group}-vpool`), /VDO/);
  assert.match(lower('vg-snap-cow', `${group}-cow`), /snapshot/);
  assert.match(lower('vg-root_corig', `${group}-real`), /cached volume/);
  assert.match(lower('vg-root_wcorig', `${group}-real`), /cached volume/);
  // A volume may be called so in a group called vg.
  assert.is(lower('vg-tpool', group), 'read');
  assert.is(lower('vg-root-real', `${group}-real`), 'read');
});

test('a btrfs on two disks needs both; GRUB cannot write there', async () => {
  const facts = await readCapture('qemu-btrfs-two-disks', '/srv');
  assert.is(facts.boot.mounted?.mount.blockDevices.length, 2);
  const { boot } = decidePlace(facts, wishFor());
  assert.equal(boot.modules, ['btrfs']);
  assert.equal(boot.search, { by: 'fs-uuid', value: contentOf(facts, 'vda').uuid });
  assert.match(boot.unwritable ?? '', /^\/srv is on btrfs/);
});

test('paths of btrfs are told from the topmost volume; a comma or a blank in a name is the name', () => {
  const facts = onOne({}, { type: 'btrfs', rootInside: '/@ my, root' }, '/srv/menu');
  const { boot, store } = decidePlace(facts, wishFor());
  assert.is(boot.path, '/@ my, root/srv/menu');
  assert.is('path' in store && store.path, '/@ my, root/nix/store');
});

test('a dataset of ZFS has its path in the pool, and is found by the name of the pool', async () => {
  const facts = await readCapture('zfs-mirror', '/srv');
  const { boot, store } = decidePlace(facts, wishFor());
  assert.is(boot.path, '/root/@/srv');
  assert.equal(boot.search, { by: 'label', value: 'rpool' });
  assert.is(boot.modules.at(-1), 'zfs');
  assert.match(boot.unwritable ?? '', /zfs/);
  // Another dataset of the same pool is as good.
  assert.is('path' in store && store.path, '/nix/@/store');
});

test('datasets at the top of a pool, snapshots and bind mounts have GRUB’s own paths', () => {
  const pathOf = (source: string, rootInside: string, folder: string): string =>
    decidePlace(onOne({}, { type: 'zfs', source, rootInside }, folder), wishFor()).boot.path;
  assert.is(pathOf('rpool', '/', '/boot'), '/@/boot');
  assert.is(pathOf('rpool/ROOT/debian', '/', ''), '/ROOT/debian/@');
  assert.is(pathOf('rpool/ROOT/debian@old', '/', '/boot'), '/ROOT/debian@old/boot');
  assert.is(pathOf('rpool/ROOT/debian', '/srv', '/boot'), '/ROOT/debian/@/srv/boot');
});

test('a file system that GRUB does not know is an error for the menu, and a reason to copy for the store', () => {
  for (const type of ['bcachefs', 'overlay', 'tmpfs', 'nfs4', 'erofs', 'constructor']) {
    const facts = onOne({}, { type });
    const { code, message, hint } = refusal(() => decidePlace(facts, wishFor()));
    assert.is(code, 'GRUB_CANNOT_READ_BOOT');
    assert.match(message, `it is on ${type}, a file system that GRUB does not know`);
    assert.ok(hint);
    const [esp] = onOne({ name: 'sdb1' }, { type: 'vfat', number: '8:17' }, '').blocks;
    const mounted = folderOn(esp as BlockDevice, { type: 'vfat', number: '8:17' }, '');
    const beside = { ...facts, blocks: [...facts.blocks, esp as BlockDevice] };
    const place = decidePlace({ ...beside, boot: { ...facts.boot, mounted } }, wishFor());
    assert.equal(place.boot.modules, ['fat']);
    assert.match(whyCopied(place), type);
  }
});

test('devices that only Linux knows are named', () => {
  const devices: [Partial<BlockDevice>, RegExp][] = [
    [{ kind: 'bcache' }, /bcache/],
    [{ kind: 'plain-crypt' }, /encrypted device without a header/],
    [{ kind: 'zram' }, /compressed memory/],
    [{ kind: 'other-mapping', mapping: { name: 'stratis-1', uuid: 'stratis-1' } }, /stratis-1/],
  ];
  for (const [told, reason] of devices) {
    const { code, message } = refusal(() => decidePlace(onOne(told), wishFor()));
    assert.is(code, 'GRUB_CANNOT_READ_BOOT');
    assert.match(message, reason);
  }
});

test('where nobody says which kind the partition table is, both are loaded', () => {
  const table = (kind: 'gpt' | 'dos' | null): readonly string[] => {
    const partition = { number: 1, table: kind, uuid: null, name: null, type: null };
    return decidePlace(onOne({ kind: 'partition', partition }), wishFor()).boot.modules;
  };
  assert.equal(table('gpt'), ['part_gpt', 'ext2']);
  assert.equal(table('dos'), ['part_msdos', 'ext2']);
  assert.equal(table(null), ['part_gpt', 'part_msdos', 'ext2']);
});

test('where GRUB could not write, or not for good, it is not asked to', () => {
  const why = (type: string, superOptions: string[]): string =>
    decidePlace(onOne({}, { type, superOptions }), wishFor()).boot.unwritable ?? '';
  assert.is(why('ext4', ['rw']), '');
  assert.is(why('vfat', ['rw']), '');
  assert.is(why('xfs', ['rw']), '');
  assert.match(why('ext4', ['rw', 'data=journal']), /data=journal/);
  assert.match(why('f2fs', ['rw', 'inline_data']), /f2fs/);
  assert.is(why('f2fs', ['rw', 'noinline_data']), '');
  assert.match(why('iso9660', ['ro']), /iso9660/);
});

test('a label is taken where labels are asked for, and missed where there is none', () => {
  const content = { type: 'ext4', uuid: 'u', memberUuid: null, label: "it's $mine" };
  const wish = wishFor({ fsIdentifier: 'label' });
  assert.equal(decidePlace(onOne({ content }), wish).boot.search, {
    by: 'label',
    value: "it's $mine",
  });
  const { code, hint } = refusal(() =>
    decidePlace(onOne({ content: { ...content, label: null } }), wish),
  );
  assert.is(code, 'GRUB_NO_IDENTIFIER');
  assert.match(hint ?? '', /fsIdentifier = uuid/);
});

test('a volume with a snapshot is found by its name, since both have the same UUID', () => {
  const mapping = { name: 'vg-root', uuid: `LVM-${'a'.repeat(64)}` };
  const facts = onOne({ kind: 'lvm', mapping });
  const [{ content } = madeUpBlock('sda1')] = facts.blocks;
  assert.equal(decidePlace(facts, wishFor()).boot.search, { by: 'fs-uuid', value: 'the-uuid' });
  const snapshot = madeUpBlock('dm-9', { kind: 'lvm', content });
  const both = { ...facts, blocks: [...facts.blocks, snapshot] };
  assert.equal(decidePlace(both, wishFor()).boot.search, { by: 'name', value: 'lvm/vg-root' });
});

test('a provided device is taken by the name that it is given, where GRUB understands that', () => {
  const search = (device: string, told: Partial<BlockDevice> = {}): GrubDevice['search'] => {
    const provided = new Map([['/', declared({ device })]]);
    return decidePlace(onOne(told), wishFor({ fsIdentifier: 'provided', provided })).boot.search;
  };
  assert.equal(search('/dev/disk/by-uuid/12-34'), { by: 'fs-uuid', value: '12-34' });
  assert.equal(search('UUID=12-34'), { by: 'fs-uuid', value: '12-34' });
  assert.equal(search('/dev/disk/by-label/my\\x20root'), { by: 'label', value: 'my root' });
  assert.equal(search('LABEL=my root'), { by: 'label', value: 'my root' });
  const mapping = { name: 'my--vg-root', uuid: 'LVM-' };
  assert.equal(search('/dev/my-vg/root', { kind: 'lvm', mapping }), {
    by: 'name',
    value: 'lvm/my--vg-root',
  });
  const raid = { level: 'raid1', uuid: '00112233-4455-6677-8899-aabbccddeeff' };
  assert.equal(search('/dev/md/root', { kind: 'mdraid', raid }), {
    by: 'name',
    value: 'mduuid/00112233445566778899aabbccddeeff',
  });
  assert.equal(search('/dev/sda1'), { by: 'fs-uuid', value: 'the-uuid' });
});

test('an image that is assembled in a folder is found by what the declaration says', () => {
  const place = (...mounts: [string, Partial<ProvidedFileSystem>][]): GrubPlace => {
    const provided = new Map(mounts.map(([point, told]) => [point, declared(told)]));
    const folder = (logicalPath: string): PlaceFacts['boot'] => ({
      hostPath: `/img${logicalPath}`,
      logicalPath,
      mounted: undefined,
    });
    const facts = { boot: folder('/boot'), store: folder('/nix/store') };
    return decidePlace(
      { ...facts, blocks: [], raidMetadata: new Map(), unopenable: new Map() },
      wishFor({ provided }),
    );
  };
  const one = place(['/', { device: '/dev/disk/by-label/root', fsType: 'ext4' }]);
  assert.equal(one.boot, {
    modules: ['part_gpt', 'part_msdos', 'ext2'],
    cryptodisks: [],
    search: { by: 'label', value: 'root' },
    path: '/boot',
    unwritable: undefined,
  });
  assert.is(storeOf(one).path, '/nix/store');
  const apart = place(['/', { device: 'UUID=1' }], ['/boot', { device: 'UUID=2', fsType: 'vfat' }]);
  assert.equal([apart.boot.search.value, apart.boot.path], ['2', '']);
  assert.match(whyCopied(apart), /file system of its own/);
  const subvolumes = { device: 'UUID=1', fsType: 'btrfs', options: ['compress', 'subvol=@'] };
  assert.is(place(['/', subvolumes]).boot.path, '/@/boot');
  const volume = place(['/', { device: '/dev/mapper/my--vg-root', fsType: 'ext4' }]);
  assert.equal(volume.boot.search, { by: 'name', value: 'lvm/my--vg-root' });
  assert.ok(volume.boot.modules.includes('lvm') && volume.boot.unwritable);
  // The store is on what GRUB does not know: that is a reason to copy, and no error.
  const stranger = place(
    ['/', { device: 'UUID=1', fsType: 'bcachefs' }],
    ['/boot', { device: 'UUID=2', fsType: 'ext4' }],
  );
  assert.match(whyCopied(stranger), /file system of its own/);
  assert.is(refusal(() => place(['/', { device: '/dev/sda1' }])).code, 'GRUB_NO_IDENTIFIER');
  const { code, hint } = refusal(() => place());
  assert.is(code, 'GRUB_NO_IDENTIFIER');
  assert.match(hint ?? '', /\[fileSystems "\/"\]/);
});

test('kernels are copied where the declaration says so, though GRUB could read the store', () => {
  assert.is(whyCopied(decidePlace(onOne({}), wishFor())), '');
  assert.match(whyCopied(decidePlace(onOne({}), wishFor({ copyKernels: true }))), /copyKernels/);
});

test('a folder whose name is no text cannot be told to GRUB', () => {
  const facts = onOne({}, { rootInside: '/\uFFFD' });
  assert.match(refusal(() => decidePlace(facts, wishFor())).message, /no UTF-8/);
});

function declared(told: Partial<ProvidedFileSystem>): ProvidedFileSystem {
  return { device: undefined, fsType: undefined, options: [], ...told };
}

function contentOf({ blocks }: PlaceFacts, name: string): { uuid: string } {
  const uuid = blocks.find(block => block.name === name)?.content?.uuid;
  if (typeof uuid !== 'string') throw new Error(`${name} has no uuid in the capture`);
  return { uuid };
}

/** A machine on one device, with the menu in a folder of its root file system. */
function onOne(
  told: Partial<BlockDevice>,
  mount: Parameters<typeof madeUpMount>[1] = {},
  bootPath = '/boot',
): PlaceFacts {
  const content = { type: mount.type ?? 'ext4', uuid: 'the-uuid', memberUuid: null, label: null };
  const block = madeUpBlock(told.name ?? 'sda1', { content, ...told });
  return {
    boot: { hostPath: '/boot', logicalPath: '/boot', mounted: folderOn(block, mount, bootPath) },
    store: {
      hostPath: '/nix/store',
      logicalPath: '/nix/store',
      mounted: folderOn(block, mount, '/nix/store'),
    },
    blocks: [block],
    raidMetadata: new Map(),
    unopenable: new Map(),
  };
}

function folderOn(
  { name }: BlockDevice,
  mount: Parameters<typeof madeUpMount>[1],
  below: string,
): MountedFolder {
  return {
    mount: madeUpMount('/', { blockDevices: [name], ...mount }),
    below,
    mountPoints: ['/'],
    unknownFeatures: [],
  };
}

/** A LUKS2 header with these keyslots, each a kind of key or as told. */
function luks2(...slots: readonly (string | Record<string, unknown>)[]): Buffer {
  const header = Buffer.alloc(16_384);
  header.write('LUKS\xba\xbe\x00\x02', 'latin1');
  header.writeBigUInt64BE(16_384n, 8);
  const keyslots = slots.map(slot =>
    typeof slot === 'string' ? { type: 'luks2', kdf: { type: slot } } : slot,
  );
  const segments = { 0: { type: 'crypt', encryption: 'aes-xts-plain64' } };
  header.write(
    JSON.stringify({ keyslots: Object.fromEntries(keyslots.entries()), segments }),
    4096,
  );
  return header;
}

test.run();
