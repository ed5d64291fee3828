import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../../src/hardware/facts/facts.ts';
import { madeUpBlock, madeUpMount } from '../made-up-facts.ts';
import {
  allDevices,
  btrfs,
  content,
  disk,
  mapping,
  on,
  partition,
  without,
} from './made-up-disks.ts';
import { leftOut, planned, saidOfStorage } from './said-module.ts';

/** Layouts of real machines, and all that NixOS has to be told to find them again. */
const layouts: Readonly<Record<string, { facts: Partial<Facts>; lines: readonly string[] }>> = {
  'partitions, mounted as they are': {
    facts: {
      blockDevices: [
        disk('nvme0n1'),
        partition('nvme0n1p1', 'nvme0n1', 1, content('vfat', 'AAAA-BBBB')),
        partition('nvme0n1p2', 'nvme0n1', 2, content('ext4', 'root-uuid')),
        partition('nvme0n1p3', 'nvme0n1', 3, content('swap', 'swap-uuid')),
      ],
      mounts: [
        on(['nvme0n1p2'], '/', 'ext4', { superOptions: ['rw', 'errors=remount-ro'] }),
        on(['nvme0n1p1'], '/boot/efi', 'vfat', {
          superOptions: ['rw', 'fmask=0077', 'dmask=0077', 'codepage=437', 'errors=remount-ro'],
        }),
      ],
      swaps: [
        {
          path: '/dev/nvme0n1p3',
          kind: 'partition',
          blockDevice: 'nvme0n1p3',
          sizeBytes: 1,
          priority: 5,
        },
      ],
    },
    lines: [
      '!fileSystems./.device = /dev/disk/by-uuid/root-uuid',
      'fileSystems./.options + errors=remount-ro',
      '!fileSystems./boot/efi.device = /dev/disk/by-uuid/AAAA-BBBB',
      'fileSystems./boot/efi.options + fmask=0077',
      'fileSystems./boot/efi.options + dmask=0077',
      'swapDevices./dev/disk/by-uuid/swap-uuid.device = /dev/disk/by-uuid/swap-uuid',
      'swapDevices./dev/disk/by-uuid/swap-uuid.priority = 5',
    ],
  },
  'LVM on LUKS, with the swap in it': {
    facts: {
      blockDevices: [
        disk('sda'),
        partition('sda1', 'sda', 1, content('crypto_LUKS', 'luks-uuid')),
        mapping('luks', 'dm-0', 'crypt', ['sda1'], content('LVM2_member', 'pv')),
        mapping('lvm', 'dm-1', 'vg-root', ['dm-0'], content('ext4', 'root-uuid')),
        mapping('lvm', 'dm-2', 'vg-swap', ['dm-0'], content('swap', 'swap-uuid')),
      ],
      mounts: [on(['dm-1'], '/', 'ext4')],
      swaps: [
        { path: '/dev/dm-2', kind: 'partition', blockDevice: 'dm-2', sizeBytes: 1, priority: -2 },
      ],
    },
    lines: [
      '!boot.initrd.services.lvm.enable = true',
      '!fileSystems./.device = /dev/disk/by-uuid/root-uuid',
      '!boot.initrd.luks.devices.crypt.device = /dev/disk/by-uuid/luks-uuid',
      'swapDevices./dev/disk/by-uuid/swap-uuid.device = /dev/disk/by-uuid/swap-uuid',
    ],
  },
  'LUKS in LVM, of which the initrd opens only what it has to': {
    facts: {
      blockDevices: [
        disk('sda'),
        partition('sda1', 'sda', 1, content('LVM2_member', 'pv')),
        mapping('lvm', 'dm-0', 'vg-root', ['sda1'], content('crypto_LUKS', 'luks-root')),
        mapping('lvm', 'dm-1', 'vg-data', ['sda1'], content('crypto_LUKS', 'luks-data')),
        mapping('luks', 'dm-2', 'root', ['dm-0'], content('ext4', 'root-uuid')),
        mapping('luks', 'dm-3', 'data', ['dm-1'], content('xfs', 'data-uuid')),
        partition('sda2', 'sda', 2, content('crypto_LUKS', 'luks-swap')),
        mapping('luks', 'dm-4', 'swap', ['sda2'], content('swap', 'swap-uuid')),
      ],
      mounts: [on(['dm-2'], '/', 'ext4'), on(['dm-3'], '/srv/data', 'xfs')],
      swaps: [
        { path: '/dev/dm-4', kind: 'partition', blockDevice: 'dm-4', sizeBytes: 1, priority: -2 },
      ],
    },
    lines: [
      '!boot.initrd.services.lvm.enable = true',
      '!fileSystems./.device = /dev/disk/by-uuid/root-uuid',
      '!boot.initrd.luks.devices.root.device = /dev/disk/by-uuid/luks-root',
      '!boot.initrd.luks.devices.root.preLVM = config.boot.initrd.systemd.enable',
      'fileSystems./srv/data.device = /dev/disk/by-uuid/data-uuid',
      'boot.initrd.luks.devices.data.device = /dev/disk/by-uuid/luks-data',
      '!boot.initrd.luks.devices.data.preLVM = config.boot.initrd.systemd.enable',
      'swapDevices./dev/disk/by-uuid/swap-uuid.device = /dev/disk/by-uuid/swap-uuid',
      'boot.initrd.luks.devices.swap.device = /dev/disk/by-uuid/luks-swap',
    ],
  },
  'LUKS in LVM beside the boot: the initrd waits for it all the same': {
    facts: {
      blockDevices: [
        disk('sda'),
        partition('sda1', 'sda', 1, content('ext4', 'root-uuid')),
        partition('sda2', 'sda', 2, content('LVM2_member', 'pv')),
        mapping('lvm', 'dm-0', 'vg-data', ['sda2'], content('crypto_LUKS', 'luks-data')),
        mapping('luks', 'dm-1', 'data', ['dm-0'], content('ext4', 'data-uuid')),
      ],
      mounts: [on(['sda1'], '/', 'ext4'), on(['dm-1'], '/data', 'ext4')],
    },
    lines: [
      'boot.initrd.services.lvm.enable = true',
      '!fileSystems./.device = /dev/disk/by-uuid/root-uuid',
      'fileSystems./data.device = /dev/disk/by-uuid/data-uuid',
      'boot.initrd.luks.devices.data.device = /dev/disk/by-uuid/luks-data',
      '!boot.initrd.luks.devices.data.preLVM = config.boot.initrd.systemd.enable',
    ],
  },
  'LVM that holds nothing of the boot': {
    facts: {
      blockDevices: [
        disk('sda'),
        partition('sda1', 'sda', 1, content('ext4', 'root-uuid')),
        partition('sda2', 'sda', 2, content('LVM2_member', 'pv')),
        mapping('lvm', 'dm-0', 'vg-data', ['sda2'], content('ext4', 'data-uuid')),
      ],
      mounts: [on(['sda1'], '/', 'ext4'), on(['dm-0'], '/data', 'ext4')],
    },
    lines: [
      '!fileSystems./.device = /dev/disk/by-uuid/root-uuid',
      'fileSystems./data.device = /dev/disk/by-uuid/data-uuid',
    ],
  },
  'btrfs on LUKS: subvolumes, also with blanks, commas and compression': {
    facts: {
      blockDevices: [
        disk('sda'),
        partition('sda1', 'sda', 1, content('crypto_LUKS', 'luks-uuid')),
        mapping('luks', 'dm-0', 'crypt', ['sda1'], content('btrfs', 'b-uuid', 'pool')),
      ],
      mounts: [
        btrfs(['dm-0'], '/', '/@', ['compress=zstd:1', 'space_cache=v2', 'discard=async']),
        btrfs(['dm-0'], '/home', '/my home dirs'),
        btrfs(['dm-0'], '/btr', '/'),
        {
          ...btrfs(['dm-0'], '/odd', '/one,two'),
          superOptions: ['rw', 'subvolid=300', 'subvol=/one', 'two'],
        },
        { ...btrfs(['dm-0'], '/srv/www', '/@'), rootInside: '/@/data/www' },
      ],
    },
    lines: [
      '!fileSystems./.device = /dev/disk/by-uuid/b-uuid',
      '!fileSystems./.options + subvol=@',
      'fileSystems./.options + compress=zstd:1',
      'fileSystems./.options + discard=async',
      '!boot.initrd.luks.devices.crypt.device = /dev/disk/by-uuid/luks-uuid',
      'fileSystems./btr.device = /dev/disk/by-uuid/b-uuid',
      'fileSystems./btr.options + subvol=/',
      'fileSystems./home.device = /dev/disk/by-uuid/b-uuid',
      'fileSystems./home.options + subvol=my home dirs',
      'fileSystems./odd.device = /dev/disk/by-uuid/b-uuid',
      'fileSystems./odd.options + subvolid=300',
      'fileSystems./srv/www.device = /data/www',
      'fileSystems./srv/www.options + bind',
    ],
  },
  'a tmpfs as /, whose /nix is a folder of another place': {
    facts: {
      blockDevices: [disk('sda'), partition('sda1', 'sda', 1, content('ext4', 'p-uuid'))],
      mounts: [
        without('/', 'tmpfs', 'none', { superOptions: ['rw', 'size=2097152k', 'mode=755'] }),
        on(['sda1'], '/persist', 'ext4'),
        on(['sda1'], '/nix', 'ext4', { rootInside: '/nix' }),
        on(['sda1'], '/nix/store', 'ext4', {
          rootInside: '/nix/store',
          options: ['ro', 'nosuid', 'nodev', 'relatime'],
        }),
        on(['sda1'], '/srv/store', 'ext4', {
          rootInside: '/nix/store',
          options: ['ro', 'relatime'],
        }),
      ],
    },
    lines: [
      '!fileSystems./.device = tmpfs',
      'fileSystems./.options + size=2097152k',
      'fileSystems./.options + mode=755',
      '!fileSystems./nix.device = /persist/nix',
      '!fileSystems./nix.options + bind',
      '!fileSystems./persist.device = /dev/disk/by-uuid/p-uuid',
      '!fileSystems./persist.neededForBoot = true',
      'fileSystems./srv/store.device = /persist/nix/store',
      'fileSystems./srv/store.options + bind',
      'fileSystems./srv/store.options + ro',
    ],
  },
  'a store on its own disk, that NixOS makes read-only': {
    facts: {
      blockDevices: [
        disk('sda'),
        partition('sda1', 'sda', 1, content('ext4', 'root-uuid')),
        partition('sda2', 'sda', 2, content('xfs', 'store-uuid')),
      ],
      mounts: [
        on(['sda1'], '/', 'ext4'),
        on(['sda2'], '/nix/store', 'xfs', { options: ['rw', 'noatime'] }),
        on(['sda2'], '/nix/store', 'xfs', { options: ['ro', 'noatime'] }),
      ],
    },
    lines: [
      '!fileSystems./.device = /dev/disk/by-uuid/root-uuid',
      '!fileSystems./nix/store.device = /dev/disk/by-uuid/store-uuid',
      'fileSystems./nix/store.options + noatime',
    ],
  },
  'RAID below the boot partition': {
    facts: {
      blockDevices: [
        disk('sda'),
        disk('sdb'),
        partition('sda1', 'sda', 1, content('linux_raid_member', 'md', 'host:1')),
        partition('sdb1', 'sdb', 1, content('linux_raid_member', 'md', 'host:1')),
        madeUpBlock('md1', {
          kind: 'mdraid',
          liesOn: ['sda1', 'sdb1'],
          raid: { level: 'raid1', uuid: 'md' },
          content: content('ext4', 'root-uuid'),
        }),
      ],
      mounts: [on(['md1'], '/', 'ext4')],
    },
    lines: ['!boot.swraid.enable = true', '!fileSystems./.device = /dev/disk/by-uuid/root-uuid'],
  },
  'bcachefs and btrfs on two devices each': {
    facts: {
      blockDevices: ['sda', 'sdb', 'sdc', 'sdd'].map((name, at) =>
        disk(name, undefined, {
          content: {
            ...content(at < 2 ? 'bcachefs' : 'btrfs', at < 2 ? 'abcd-01' : 'b-uuid'),
            memberUuid: name,
          },
        }),
      ),
      mounts: [on(['sda', 'sdb'], '/', 'bcachefs'), btrfs(['sdc', 'sdd'], '/srv', '/')],
    },
    lines: [
      '!fileSystems./.device = UUID=abcd-01',
      'fileSystems./srv.device = /dev/disk/by-uuid/b-uuid',
      'fileSystems./srv.options + subvol=/',
    ],
  },
  'ZFS, legacy and not, on LUKS': {
    facts: {
      hostId: '8425e349',
      zfsMountPoints: { 'tank/root': 'legacy', 'tank/home': '/home', 'tank/nix': '/nix' },
      blockDevices: [
        disk('sda'),
        partition('sda1', 'sda', 1, content('crypto_LUKS', 'luks-uuid')),
        mapping('luks', 'dm-0', 'zcrypt', ['sda1'], content('zfs_member', '123', 'tank')),
      ],
      mounts: [
        without('/', 'zfs', 'tank/root', { superOptions: ['rw', 'xattr', 'posixacl'] }),
        without('/home', 'zfs', 'tank/home', { options: ['rw', 'nosuid', 'noatime'] }),
        without('/nix', 'zfs', 'tank/nix'),
        without('/home/.zfs/snapshot/a', 'zfs', 'tank/home@a'),
      ],
    },
    lines: [
      '!fileSystems./.device = tank/root',
      '!boot.initrd.luks.devices.zcrypt.device = /dev/disk/by-uuid/luks-uuid',
      'fileSystems./home.device = tank/home',
      'fileSystems./home.options + zfsutil',
      '!fileSystems./nix.device = tank/nix',
      '!fileSystems./nix.options + zfsutil',
      '!networking.hostId ?= 8425e349',
    ],
  },
  'a swap with another key at each boot, one in memory, one in a file': {
    facts: {
      blockDevices: [
        disk('sda'),
        partition('sda3', 'sda', 3, null),
        mapping('plain-crypt', 'dm-0', 'swap', ['sda3'], content('swap', 'of-this-boot')),
        madeUpBlock('zram0', { kind: 'zram' }),
        partition('sda1', 'sda', 1, content('ext4', 'root-uuid')),
      ],
      mounts: [on(['sda1'], '/', 'ext4')],
      swaps: [
        {
          path: '/dev/dm-0',
          kind: 'random-encrypted',
          blockDevice: 'dm-0',
          sizeBytes: 1,
          priority: -2,
        },
        { path: '/dev/zram0', kind: 'zram', blockDevice: 'zram0', sizeBytes: 1, priority: 100 },
        { path: '/var/swap file', kind: 'file', blockDevice: null, sizeBytes: 1, priority: -3 },
        {
          path: '/old (deleted)',
          kind: 'file',
          blockDevice: null,
          sizeBytes: 1,
          priority: -4,
        },
      ],
    },
    lines: [
      '!fileSystems./.device = /dev/disk/by-uuid/root-uuid',
      'swapDevices./dev/disk/by-partuuid/part-sda3.device = /dev/disk/by-partuuid/part-sda3',
      'swapDevices./dev/disk/by-partuuid/part-sda3.randomEncryption.enable = true',
      'swapDevices./var/swap file.device = /var/swap file',
      'zramSwap.enable = true',
    ],
  },
  'what comes over the network, from a file, and an overlay of folders': {
    facts: {
      blockDevices: [
        disk('sda'),
        partition('sda1', 'sda', 1, content('ext4', 'root-uuid')),
        madeUpBlock('loop0', { kind: 'loop', backingFile: '/srv/image.iso' }),
      ],
      mounts: [
        on(['sda1'], '/', 'ext4'),
        without('/mnt/nas', 'nfs4', 'nas:/export/my data', {
          superOptions: [
            'rw',
            'vers=4.2',
            'rsize=1048576',
            'hard',
            'proto=tcp',
            'timeo=600',
            'sec=krb5p',
            'clientaddr=10.0.0.2',
            'addr=10.0.0.1',
          ],
        }),
        on(['loop0'], '/srv/image', 'iso9660', { options: ['ro', 'relatime'] }),
        without('/srv/merged', 'overlay', 'overlay', {
          superOptions: [
            'rw',
            'lowerdir=/srv/low:/srv/lower',
            'upperdir=/srv/up',
            'workdir=/srv/w',
            'xino=off',
          ],
        }),
      ],
    },
    lines: [
      '!fileSystems./.device = /dev/disk/by-uuid/root-uuid',
      'fileSystems./mnt/nas.device = nas:/export/my data',
      'fileSystems./mnt/nas.options + vers=4.2',
      'fileSystems./mnt/nas.options + hard',
      'fileSystems./mnt/nas.options + proto=tcp',
      'fileSystems./mnt/nas.options + sec=krb5p',
      'fileSystems./srv/image.device = /srv/image.iso',
      'fileSystems./srv/image.options + loop',
      'fileSystems./srv/image.options + nofail',
      'fileSystems./srv/image.options + ro',
      'fileSystems./srv/merged.device = overlay',
      'fileSystems./srv/merged.options + lowerdir=/srv/low:/srv/lower',
      'fileSystems./srv/merged.options + upperdir=/srv/up',
      'fileSystems./srv/merged.options + workdir=/srv/w',
    ],
  },
};

for (const [name, { facts, lines }] of Object.entries(layouts)) {
  test(name, () => {
    assert.equal(saidOfStorage({ devices: allDevices, ...facts }), lines);
  });
}

test('another order of the same machine, as after another boot, gives the same module', () => {
  for (const { facts } of Object.values(layouts)) {
    const turned = {
      ...facts,
      devices: allDevices.toReversed(),
      blockDevices: (facts.blockDevices ?? []).toReversed(),
      swaps: (facts.swaps ?? []).toReversed(),
    };
    assert.equal(planned(turned), planned({ ...facts, devices: allDevices }));
  }
});

test('reasons say what something is on, by names that stay', () => {
  const module = planned({
    devices: allDevices,
    blockDevices: [
      disk('nvme0n1'),
      partition('nvme0n1p2', 'nvme0n1', 2, content('crypto_LUKS', 'luks-uuid')),
      mapping('luks', 'dm-0', 'crypt', ['nvme0n1p2'], content('ext4', 'root-uuid', 'root')),
    ],
    mounts: [on(['dm-0'], '/', 'ext4')],
  });
  const reasons = module.definitions.flatMap(({ option, because }) =>
    option.at(-1) === 'device' ? because : [],
  );
  assert.equal(reasons, [
    'ext4 "root" on LUKS crypt on partition 2 of nvme 0000:01:00.0',
    '/ on it',
    'LUKS on partition 2 of nvme 0000:01:00.0',
  ]);
  const text = JSON.stringify(layoutsPlanned());
  assert.not.match(text, /because":\[[^\]]*\b(sd[a-d]\d?|dm-\d|nvme0n1)\b/);
});

function layoutsPlanned() {
  return Object.values(layouts).map(({ facts }) => planned({ devices: allDevices, ...facts }));
}

test('every definition has a reason', () => {
  for (const { definitions } of layoutsPlanned()) {
    for (const { option, because } of definitions)
      assert.ok(because.length > 0 && because.every(Boolean), option.join('.'));
  }
});

test('with --root the machine below it is described, and what is in use elsewhere is not', () => {
  const facts: Partial<Facts> = {
    blockDevices: [
      disk('sda'),
      partition('sda1', 'sda', 1, content('ext4', 'root-uuid')),
      partition('sda2', 'sda', 2, content('vfat', 'BOOT')),
      madeUpBlock('loop1', { kind: 'loop', backingFile: '/mnt/srv/a.img' }),
      madeUpBlock('loop2', { kind: 'loop', backingFile: '/elsewhere.img' }),
    ],
    mounts: [
      without('/', 'overlay', 'airootfs'),
      on(['sda1'], '/mnt', 'ext4'),
      on(['sda2'], '/mnt/boot', 'vfat'),
      on(['loop1'], '/mnt/a', 'ext4'),
      on(['loop2'], '/mnt/b', 'ext4'),
      without('/mnt/proc', 'proc', 'proc'),
      without('/mntother', 'tmpfs', 'tmpfs'),
    ],
    swaps: [
      { path: '/mnt/swapfile', kind: 'file', blockDevice: null, sizeBytes: 1, priority: -2 },
      { path: '/live', kind: 'file', blockDevice: null, sizeBytes: 1, priority: -2 },
      { path: '/dev/zram0', kind: 'zram', blockDevice: null, sizeBytes: 1, priority: 9 },
    ],
  };
  assert.equal(saidOfStorage(facts, { root: '/mnt/' }), [
    '!fileSystems./.device = /dev/disk/by-uuid/root-uuid',
    'fileSystems./a.device = /srv/a.img',
    'fileSystems./a.options + loop',
    '!fileSystems./boot.device = /dev/disk/by-uuid/BOOT',
    'swapDevices./swapfile.device = /swapfile',
  ]);
  assert.equal(leftOut(facts, { root: '/mnt' }), [
    '/b: the file that it is in is not below /mnt',
    'swap file /live: it is not below /mnt',
    "swap on zram: it is the running system's, not that below /mnt",
  ]);
  assert.ok(
    leftOut({ mounts: [madeUpMount('/')] }, { root: '/mnt' }).includes(
      '/mnt: nothing is mounted there',
    ),
  );
});

test('without file systems all that finds them is still there, but for what declares them', () => {
  const facts = layouts['LVM on LUKS, with the swap in it']?.facts ?? {};
  assert.equal(saidOfStorage(facts, { withFileSystems: false }), [
    '!boot.initrd.services.lvm.enable = true',
  ]);
  assert.equal(leftOut(facts, { withFileSystems: false }), [
    '/, swap: declared elsewhere, as was asked',
  ]);
});

test.run();
