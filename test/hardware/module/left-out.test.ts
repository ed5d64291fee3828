import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BlockDevice, Facts, MountedFileSystem } from '../../../src/hardware/facts/facts.ts';
import { madeUpBlock, madeUpMount } from '../made-up-facts.ts';
import {
  ahci,
  allDevices,
  btrfs,
  content,
  disk,
  mapping,
  on,
  partition,
  stick,
  without,
} from './made-up-disks.ts';
import { leftOut, saidOfStorage } from './said-module.ts';

const blocks: readonly BlockDevice[] = [
  disk('sda', ahci),
  partition('sda1', 'sda', 1, content('ext4', 'root-uuid')),
  partition('sda2', 'sda', 2, content('ext4', 'data-uuid')),
  disk('sdb', stick, { isRemovable: true }),
  partition('sdb1', 'sdb', 1, content('ext4', 'stick-uuid')),
  disk('sr0', ahci, { kind: 'optical', isRemovable: true, content: content('iso9660', 'cd') }),
  madeUpBlock('loop0', { kind: 'loop', backingFile: '/var/lib/snapd/snaps/core_1.snap' }),
  madeUpBlock('loop1', { kind: 'loop', backingFile: '/gone.img (deleted)' }),
  madeUpBlock('loop2', { kind: 'loop', backingFile: '/home/ada/Downloads/debian.iso' }),
  madeUpBlock('loop3', { kind: 'loop', backingFile: '/var/tmp/disk.img' }),
  disk('mmcblk0', ahci, { isRemovable: true }),
  partition('mmcblk0p1', 'mmcblk0', 1, content('vfat', 'CARD')),
  partition('sda3', 'sda', 3, content('BitLocker', null)),
  partition('sda4', 'sda', 4, null),
  mapping('other-mapping', 'dm-9', 'bitlk-2', ['sda3'], content('ntfs', 'WINDOWS')),
  mapping('other-mapping', 'dm-8', 'tcrypt-1', ['sda4'], content('ext4', 'safe-uuid')),
];

function machine(...mounts: readonly MountedFileSystem[]): Partial<Facts> {
  const root = on(['sda1'], '/', 'ext4');
  return { devices: allDevices, blockDevices: blocks, mounts: [root, ...mounts] };
}

const rootAlone = ['!fileSystems./.device = /dev/disk/by-uuid/root-uuid'];

/** What is mounted on a root on a disk, and what is said of it; nothing of it is in the module. */
const named: Readonly<Record<string, readonly [readonly MountedFileSystem[], readonly string[]]>> =
  {
    'what the kernel and systemd fill': [
      [
        without('/proc', 'proc', 'proc'),
        without('/sys/fs/cgroup', 'cgroup2', 'cgroup2'),
        without('/dev/shm', 'tmpfs', 'tmpfs'),
        without('/run/user/1000', 'tmpfs', 'tmpfs'),
        without('/run/user/1000/doc', 'fuse.portal', 'portal'),
        without('/var/lib/nfs/rpc_pipefs', 'rpc_pipefs', 'sunrpc'),
        without('/mnt/auto', 'autofs', '/etc/auto.misc'),
        without('/proc/sys/fs/binfmt_misc', 'autofs', 'systemd-1'),
        on(['sda1'], '/nix/store', 'ext4', {
          rootInside: '/nix/store',
          options: ['ro', 'relatime'],
        }),
      ],
      [],
    ],
    'containers, whose names are others tomorrow': [
      [
        without('/var/lib/docker/overlay2/8f1/merged', 'overlay', 'overlay'),
        without('/var/lib/docker/overlay2/9a2/merged', 'overlay', 'overlay'),
        without('/var/lib/docker/containers/8f1/mounts/shm', 'tmpfs', 'shm'),
        without('/var/lib/containers/storage/overlay/1/merged', 'overlay', 'overlay'),
        on(['sda2'], '/var/lib/kubelet/pods/1/volumes/csi/pvc', 'ext4'),
      ],
      [
        '/var/lib/containers: containers mount what is below it',
        '/var/lib/docker: containers mount what is below it',
        '/var/lib/kubelet: containers mount what is below it',
      ],
    ],
    snaps: [
      [on(['loop0'], '/snap/core/1', 'squashfs', { options: ['ro', 'relatime'] })],
      ['/snap: snaps mount themselves'],
    ],
    'what comes and goes': [
      [on(['sdb1'], '/mnt/stick', 'ext4'), on(['sr0'], '/mnt/cd', 'iso9660')],
      ['/mnt/cd: it is on an optical disc', '/mnt/stick: it is on a USB or FireWire disk'],
    ],
    'what desktops mount, also on a disk of the machine': [
      [
        on(['sda2'], '/media/ada/Old system', 'ext4'),
        on(['sdb1'], '/run/media/ada/STICK', 'ext4'),
        on(['sda3'], '/media/shared', 'ext4', { options: ['rw', 'nosuid', 'nodev', 'relatime'] }),
      ],
      [
        '/media/ada/Old system: desktops mount there what is plugged in',
        '/media/shared: desktops mount there what is plugged in',
      ],
    ],
    'a memory card': [
      [on(['mmcblk0p1'], '/mnt/card', 'vfat')],
      ['/mnt/card: it is on a removable disk'],
    ],
    'a single file, wherever it is': [
      [
        on(['sda1'], '/home/ada/.zsh_history', 'ext4', {
          rootInside: '/persist/.zsh_history',
          isFolder: false,
        }),
        on(['sda1'], '/etc/hosts', 'ext4', { rootInside: '/persist/hosts' }),
      ],
      ['/etc/hosts: it is a single file', '/home/ada/.zsh_history: it is a single file'],
    ],
    'what is mounted on demand, and was not when genctl looked': [
      [
        without('/boot', 'autofs', 'systemd-1'),
        without('/efi', 'autofs', 'systemd-1'),
        without('/data', 'autofs', 'systemd-1'),
        without('/data', 'nfs4', 'server:/\u0007'),
      ],
      [
        '/boot: it is mounted on demand, and was not mounted: list what is in it, and run genctl again',
        '/data: the name of its source is no text',
        '/efi: it is mounted on demand, and was not mounted: list what is in it, and run genctl again',
      ],
    ],
    'what nobody but a person opens': [
      [on(['dm-9'], '/mnt/windows', 'ntfs3'), on(['dm-8'], '/mnt/safe', 'ext4')],
      [
        '/mnt/safe: it is on mapping tcrypt-1 on partition 4 of disk at ahci 0000:00:17.0, which NixOS has no option to open',
        '/mnt/windows: it is on mapping bitlk-2 on partition 3 of disk at ahci 0000:00:17.0, which NixOS has no option to open',
      ],
    ],
    'an image among a person’s own files': [
      [
        on(['loop2'], '/mnt2/iso', 'iso9660', { options: ['ro', 'relatime'] }),
        on(['loop3'], '/mnt3', 'ext4'),
      ],
      [
        "/mnt2/iso: it is in a file among a person's own, or a temporary one",
        "/mnt3: it is in a file among a person's own, or a temporary one",
      ],
    ],
    'what asks for a secret or a program': [
      [
        without('/mnt/win', 'cifs', '//server/share', { superOptions: ['rw', 'username=me'] }),
        without('/home/me/far', 'fuse.sshfs', 'me@far:'),
        on(['sda2'], '/mnt/ntfs', 'fuseblk'),
        without('/mnt/new', 'newfs', 'newfs'),
      ],
      [
        '/home/me/far: a program mounts it (FUSE)',
        '/mnt/new: nothing is known of where a newfs comes from',
        '/mnt/ntfs: a program mounts it, and which one is not to be seen (ntfs-3g for NTFS)',
        '/mnt/win: its password is not part of a hardware module: declare it by hand',
      ],
    ],
    'what NixOS or a program makes anew': [
      [
        without('/tmp', 'tmpfs', 'tmpfs', { superOptions: ['rw', 'size=4g'] }),
        without('/etc', 'overlay', 'overlay', {
          superOptions: [
            'rw',
            'lowerdir=/nix/store/x-etc',
            'upperdir=/.rw/up',
            'workdir=/.rw/work',
          ],
        }),
        on(['sda1'], '/etc/resolv.conf', 'ext4', { rootInside: '/var/resolv' }),
        on(['sda1'], '/var/lib/machines/x', 'ext4', { rootInside: '/machines' }),
        on(['sda1'], '/srv/self', 'ext4', { rootInside: '/srv/self' }),
      ],
      [
        '/etc/resolv.conf: it is a single file',
        '/etc: its layers are made anew, by NixOS or at each boot',
        '/srv/self: it is a folder mounted on itself',
        '/tmp: NixOS has boot.tmp.useTmpfs for it',
        '/var/lib/machines: containers mount what is below it',
      ],
    ],
    'folders of what is not mounted itself, or is hidden or gone': [
      [
        on(['sda2'], '/srv/part', 'ext4', { rootInside: '/only/this' }),
        on(['sda1'], '/srv/gone', 'ext4', { rootInside: '/old//deleted' }),
        on(['loop1'], '/srv/image', 'ext4'),
      ],
      [
        '/srv/gone: the folder that it shows has been deleted',
        '/srv/image: the file that it is in is gone, or its name is no text',
        '/srv/part: it shows a folder of something that is not in the module as a whole',
      ],
    ],
    'names that no fstab can say': [
      [
        on(['sda2'], '/srv/a\nb', 'ext4'),
        on(['sda2'], '/srv/\u202egpj', 'ext4'),
        on(['sda2'], '/srv/\uFFFD', 'ext4'),
        on(['sda2'], '/srv/a\\040b', 'ext4'),
        without('/srv/far', 'nfs4', 'server:/a\u0007b'),
      ],
      [
        '/srv/\\u{202e}gpj: its name holds characters that cannot be seen',
        '/srv/a\\040b: fstab would read its name as another one',
        '/srv/a\\u{a}b: its name holds characters that cannot be seen',
        '/srv/far: the name of its source is no text',
        '/srv/\uFFFD: its name holds bytes that are no text',
      ],
    ],
  };

for (const [name, [mounts, lines]] of Object.entries(named)) {
  test(name, () => {
    assert.equal(leftOut(machine(...mounts)).toSorted(), lines);
    assert.equal(saidOfStorage(machine(...mounts)), rootAlone);
  });
}

test('a USB disk that the system is on is a part of the machine, with all that is on it', () => {
  const blockDevices = [
    ...blocks,
    partition('sdb2', 'sdb', 2, content('swap', 'swap-uuid')),
    partition('sdb3', 'sdb', 3, content('ext4', 'data-uuid-b')),
  ];
  const facts: Partial<Facts> = {
    devices: allDevices,
    blockDevices,
    mounts: [on(['sdb1'], '/', 'ext4'), on(['sdb3'], '/data', 'ext4')],
    swaps: [
      { path: '/dev/sdb2', kind: 'partition', blockDevice: 'sdb2', sizeBytes: 1, priority: -2 },
    ],
  };
  assert.equal(leftOut(facts), []);
  assert.is(saidOfStorage(facts).length, 3);
  const elsewhere = { ...facts, mounts: [on(['sda1'], '/', 'ext4')] };
  assert.equal(leftOut(elsewhere), [
    'swap on partition 2 of USB disk at xhci_hcd 0000:00:14.0: it is on a USB or FireWire disk',
  ]);
});

test('a disk of its own for the store of containers is the machine’s', () => {
  assert.equal(saidOfStorage(machine(on(['sda2'], '/var/lib/docker', 'ext4'))), [
    ...rootAlone,
    'fileSystems./var/lib/docker.device = /dev/disk/by-uuid/data-uuid',
  ]);
});

test('of several mounts at one place the last is what is seen', () => {
  const mounts = [without('/srv', 'tmpfs', 'tmpfs'), on(['sda2'], '/srv', 'ext4')];
  assert.equal(saidOfStorage(machine(...mounts)), [
    ...rootAlone,
    'fileSystems./srv.device = /dev/disk/by-uuid/data-uuid',
  ]);
});

test('what lies under a later mount is not seen; what was there before / is', () => {
  const under = on(['sda2'], '/srv/inner', 'ext4');
  const over = without('/srv', 'tmpfs', 'tmpfs');
  assert.equal(saidOfStorage(machine(under, over)), [
    ...rootAlone,
    'fileSystems./srv.device = tmpfs',
  ]);
  const moved = {
    ...machine(),
    mounts: [on(['sda2'], '/usr', 'ext4'), ...(machine().mounts ?? [])],
  };
  assert.equal(saidOfStorage(moved), [
    ...rootAlone,
    '!fileSystems./usr.device = /dev/disk/by-uuid/data-uuid',
  ]);
});

test('a disk of the machine at a place below /media that a person declared', () => {
  assert.equal(saidOfStorage(machine(on(['sda2'], '/media/films', 'ext4'))), [
    ...rootAlone,
    'fileSystems./media/films.device = /dev/disk/by-uuid/data-uuid',
  ]);
});

test('a folder that is called like a file, and is known to be one', () => {
  const mount = on(['sda2'], '/etc/hosts', 'ext4', { isFolder: true });
  assert.ok(saidOfStorage(machine(mount)).some(line => line.startsWith('fileSystems./etc/hosts.')));
});

test('a LUKS device that a desktop opened is not asked for at each boot', () => {
  const blockDevices = [
    ...blocks,
    partition('sda5', 'sda', 5, content('crypto_LUKS', 'aa-bb')),
    mapping('luks', 'dm-0', 'luks-aa-bb', ['sda5'], content('ext4', 'l-uuid')),
  ];
  for (const place of ['/media/ada/Safe', '/run/media/ada/Safe']) {
    const facts = { ...machine(on(['dm-0'], place, 'ext4')), blockDevices };
    assert.equal(saidOfStorage(facts), rootAlone, place);
  }
});

test('the kernels in an encrypted /boot: what GRUB needs for it is said', () => {
  const blockDevices = [
    ...blocks,
    partition('sda5', 'sda', 5, content('crypto_LUKS', 'luks-5')),
    mapping('luks', 'dm-0', 'crypt', ['sda5'], content('ext4', 'l-uuid')),
    partition('sda6', 'sda', 6, content('vfat', 'ESP')),
  ];
  const crypt = (place: string) => on(['dm-0'], place, 'ext4');
  const esp = (place: string) => on(['sda6'], place, 'vfat');
  const cases: readonly (readonly [readonly MountedFileSystem[], string | undefined])[] = [
    [[on(['sda1'], '/', 'ext4'), crypt('/boot')], '/boot'],
    [[crypt('/'), esp('/boot/efi')], '/'],
    [[crypt('/'), esp('/boot')], undefined],
    [[crypt('/'), esp('/efi')], undefined],
    [[on(['sda1'], '/', 'ext4')], undefined],
  ];
  for (const [mounts, place] of cases) {
    const lines = leftOut({ devices: allDevices, blockDevices, mounts });
    assert.equal(
      lines,
      place === undefined
        ? []
        : [
            `boot.loader.grub.enableCryptodisk: ${place} has the kernels and is on LUKS crypt on partition 5 of disk at ahci 0000:00:17.0: GRUB opens it only with this option`,
          ],
    );
  }
});

test('a folder that another mount lies over is not where a bind mount comes from', () => {
  const bind = on(['sda1'], '/srv/www', 'ext4', { rootInside: '/data/www' });
  const over = on(['sda2'], '/data', 'ext4');
  assert.ok(saidOfStorage(machine(bind)).includes('fileSystems./srv/www.device = /data/www'));
  assert.not.ok(saidOfStorage(machine(bind, over)).some(line => line.includes('/srv/www')));
});

test('what a generation shows of itself is no part of the machine: the next one has its own', () => {
  const tree = '/nix/store/5q4vvcf05w0pxhqrvil3nkw1hslf8rxn-debian-bookworm';
  const options = ['ro', 'relatime'];
  const store = on(['sda1'], '/nix/store', 'ext4', { rootInside: '/nix/store', options });
  const shown = [
    on(['sda1'], '/usr', 'ext4', { rootInside: `${tree}/usr`, options }),
    on(['sda1'], '/usr/lib/modules', 'ext4', { rootInside: tree, options }),
    on(['sda1'], '/var/lib/dpkg', 'ext4', { rootInside: `${tree}/usr/lib`, options }),
  ];
  assert.equal(saidOfStorage(machine(...shown, store)), rootAlone);
  assert.match(leftOut(machine(...shown, store)).join('\n'), '/usr: it shows a part of the system');
});

test('/ is never declared read-only, and options of no use elsewhere are named', () => {
  const root = on(['sda1'], '/', 'ext4', {
    options: ['ro', 'noatime'],
    superOptions: ['ro', 'noload', 'journal_path=/dev/sdz'],
  });
  const data = on(['sda2'], '/data', 'ext4', { superOptions: ['ro'] });
  const facts = { ...machine(), mounts: [root, data] };
  assert.equal(saidOfStorage(facts), [
    ...rootAlone,
    'fileSystems./.options + noatime',
    'fileSystems./data.device = /dev/disk/by-uuid/data-uuid',
  ]);
  assert.equal(leftOut(facts), [
    '/: mounted with noload, journal_path=/dev/sdz, which is left out',
    '/: mounted with ro, which is left out: NixOS writes to it',
    '/data: the kernel does not write to it, maybe after an error',
  ]);
});

test('plain dm-crypt: what it means, and / all the same', () => {
  const plain = mapping('plain-crypt', 'dm-0', 'secret', ['sda2'], content('ext4', 'p-uuid'));
  const blockDevices = [...blocks, plain];
  const reason =
    'it is on plain dm-crypt secret on partition 2 of disk at ahci 0000:00:17.0: without a LUKS header NixOS cannot ask for its key';
  assert.equal(leftOut({ ...machine(on(['dm-0'], '/srv', 'ext4')), blockDevices }), [
    `/srv: ${reason}`,
  ]);
  const asRoot = { devices: allDevices, blockDevices, mounts: [on(['dm-0'], '/', 'ext4')] };
  assert.equal(saidOfStorage(asRoot), ['!fileSystems./.device = /dev/disk/by-uuid/p-uuid']);
  assert.equal(leftOut(asRoot), [`/: in doubt: ${reason}`]);
});

test('LUKS whose header is elsewhere, or whose name nothing can hold', () => {
  const blockDevices = [
    ...blocks,
    partition('sda5', 'sda', 5, null),
    mapping('luks', 'dm-0', 'apart', ['sda5'], content('ext4', 'l-uuid')),
    partition('sda6', 'sda', 6, content('crypto_LUKS', 'luks-6')),
    mapping('luks', 'dm-1', 'odd\\x20"${name}', ['sda6'], content('ext4', 'o-uuid')),
    partition('sda7', 'sda', 7, content('crypto_LUKS', 'luks-7')),
    mapping('other-mapping', 'dm-2', 'safe_dif', ['sda7'], null),
    mapping('luks', 'dm-3', 'safe', ['dm-2'], content('ext4', 's-uuid')),
  ];
  const facts = {
    ...machine(on(['dm-0'], '/a', 'ext4'), on(['dm-1'], '/b', 'ext4'), on(['dm-3'], '/c', 'ext4')),
    blockDevices,
  };
  assert.equal(
    saidOfStorage(facts).filter(line => line.includes('luks.')),
    ['boot.initrd.luks.devices.safe.device = /dev/disk/by-uuid/luks-7'],
  );
  assert.equal(leftOut(facts), [
    '/a: it is on LUKS apart on partition 5 of disk at ahci 0000:00:17.0, whose header is elsewhere: declare both by hand (boot.initrd.luks.devices.….header)',
    'LUKS odd\\x20"${name}: its name is none for a mapping',
  ]);
  // Without / there is no machine: it is declared with a doubt.
  const asRoot = { ...facts, mounts: [on(['dm-0'], '/', 'ext4')] };
  assert.equal(saidOfStorage(asRoot), [
    '!fileSystems./.device = /dev/disk/by-uuid/l-uuid',
    '!boot.initrd.luks.devices.apart.device = /dev/disk/by-partuuid/part-sda5',
  ]);
  assert.ok(
    leftOut(asRoot).includes(
      'LUKS apart: in doubt: its header seems to be elsewhere (boot.initrd.luks.devices.….header)',
    ),
  );
  // Where nothing could be read it is not known that there is no header.
  const unread = blockDevices.map(device => ({ ...device, content: null }));
  assert.ok(
    saidOfStorage({ ...facts, blockDevices: unread }).some(line => line.includes('devices.apart')),
  );
});

test('what only a person can set up below a file system is named', () => {
  const blockDevices = [
    ...blocks,
    mapping('multipath', 'dm-0', 'mpatha', ['sda'], null),
    partition('dm-2', 'dm-0', 1, content('ext4', 'm-uuid')),
    partition('dm-3', 'dm-0', 2, content('ext4', 's-uuid')),
    mapping('other-mapping', 'dm-1', 'verity', ['sda2'], content('ext4', 'v-uuid')),
  ];
  const mounts = [
    on(['dm-2'], '/', 'ext4'),
    on(['dm-3'], '/srv', 'ext4'),
    on(['dm-1'], '/usr', 'ext4'),
  ];
  assert.equal(leftOut({ devices: allDevices, blockDevices, mounts }), [
    'multipath mpatha: /, /srv on it: set up services.multipath by hand',
    'mapping verity: /usr on it: nothing is known of how it is set up',
  ]);
});

test('ZFS whose properties nobody could ask for: / with a doubt, the rest left to ZFS', () => {
  const facts = {
    mounts: [without('/', 'zfs', 'rpool/ROOT'), without('/home', 'zfs', 'rpool/home')],
  };
  const unknown = 'the mountpoint property of its dataset is not known';
  assert.equal(saidOfStorage(facts), ['!fileSystems./.device = rpool/ROOT']);
  assert.equal(leftOut(facts), [
    `/: in doubt: ${unknown}; if it is not legacy, the option zfsutil is missing`,
    `/home: ${unknown}: if it is not legacy, ZFS mounts it once its pool is imported (boot.zfs.extraPools)`,
    'networking.hostId: ZFS needs it, and it is not known: see hostid(1)',
  ]);
});

test('a device of which nothing is known: by a lasting name, or not at all', () => {
  const facts = {
    mounts: [
      madeUpMount('/', { source: '/dev/sdx1' }),
      madeUpMount('/a', { source: '/dev/mapper/vg-a', number: '1:1' }),
      madeUpMount('/b', { source: '/dev/sdx2', number: '1:2' }),
    ],
  };
  assert.equal(saidOfStorage(facts), [
    '!fileSystems./.device = /dev/sdx1',
    'fileSystems./a.device = /dev/mapper/vg-a',
  ]);
  assert.equal(leftOut(facts), [
    '/: in doubt: nothing is known of its device',
    '/b: nothing is known of its device',
  ]);
});

test('a mapping that could not be read goes by the name that the mount table has', () => {
  const blockDevices = [madeUpBlock('dm-0', { kind: 'other-mapping' })];
  const mounts = [on(['dm-0'], '/', 'ext4', { source: '/dev/mapper/vg-root' })];
  assert.equal(saidOfStorage({ blockDevices, mounts }), [
    '!fileSystems./.device = /dev/mapper/vg-root',
  ]);
});

test('a live system is described as far as it is a machine of its own', () => {
  const facts: Partial<Facts> = {
    devices: allDevices,
    blockDevices: [...blocks, madeUpBlock('loop2', { kind: 'loop', backingFile: '/iso/x.sq' })],
    mounts: [
      without('/', 'tmpfs', 'tmpfs'),
      on(['sdb1'], '/iso', 'iso9660'),
      on(['loop2'], '/nix/.ro-store', 'squashfs'),
      without('/nix/.rw-store', 'tmpfs', 'tmpfs'),
      without('/nix/store', 'overlay', 'overlay', {
        superOptions: ['rw', 'lowerdir=/nix/.ro-store', 'upperdir=/nix/.rw-store/s', 'workdir=/w'],
      }),
    ],
  };
  assert.equal(saidOfStorage(facts), ['!fileSystems./.device = tmpfs']);
});

test('a subvolume that neither its name nor a number can say is left out', () => {
  const odd = { ...btrfs(['sda2'], '/srv', '/a"b'), superOptions: ['rw', 'subvol=/a"b'] };
  assert.equal(leftOut(machine(odd)), ['/srv: the name of its subvolume is none for an option']);
});

test('in a container the file systems are those of whatever runs it', () => {
  const facts = {
    ...machine(on(['sda2'], '/data', 'ext4')),
    virtualisation: { machine: null, container: 'docker' },
  };
  assert.equal(saidOfStorage(facts), []);
  assert.ok(leftOut(facts).includes('file systems: what runs the container mounts them (docker)'));
});

test.run();
