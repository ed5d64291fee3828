import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BlockDevice, Device, Facts } from '../../../src/hardware/facts/facts.ts';
import type { KernelModules } from '../../../src/hardware/kernel/kernel-modules.ts';
import type { BootChain } from '../../../src/hardware/module/boot-chain.ts';
import { bootChains } from '../../../src/hardware/module/boot-chains.ts';
import { Machine } from '../../../src/hardware/module/machine.ts';
import { missingModules } from '../../../src/hardware/module/missing-modules.ts';
import { isReachedOverNetwork } from '../../../src/hardware/module/network-storage.ts';
import { commonKernel, madeUpKernel } from '../kernel/made-up-kernel.ts';
import { madeUpDevice, madeUpPci, madeUpScsi } from '../made-up-devices.ts';
import { madeUpBlock, madeUpFacts, madeUpMount } from '../made-up-facts.ts';
import {
  ahci,
  chainOf,
  i2cKeyboard,
  luksOn,
  nvme,
  partitionOf,
  sataDisk,
  usbDisk,
  volumeOn,
} from './machines.ts';

const kernel = madeUpKernel(commonKernel);

/** A chain as lines: what each link is, and its modules with how they are known. */
function shown(chain: BootChain | undefined): readonly string[] {
  return (chain?.links ?? []).map(({ what, modules }) =>
    [what, ...modules.map(({ name, because }) => `${name} (${because})`)].join(' | '),
  );
}

function modulesOf(chain: BootChain | undefined): readonly string[] {
  return [
    ...new Set((chain?.links ?? []).flatMap(({ modules }) => modules.map(({ name }) => name))),
  ];
}

/** The same machine with other facts of whatever a module is bound to. */
function boundOtherwise(facts: Facts, told: Partial<Device>): Facts {
  const devices = facts.devices.map(device =>
    device.module === null ? device : { ...device, ...told },
  );
  return { ...facts, devices };
}

const luksOnNvme = madeUpFacts({
  devices: nvme.devices,
  blockDevices: [
    nvme.disk,
    partitionOf(nvme.disk, 1),
    partitionOf(nvme.disk, 2, {
      content: { type: 'crypto_LUKS', uuid: 'l', memberUuid: null, label: null },
    }),
    luksOn('dm-0', 'crypted', ['nvme0n1p2']),
    volumeOn('dm-1', 'vg-root', ['dm-0']),
    volumeOn('dm-2', 'vg-swap', ['dm-0']),
  ],
  mounts: [
    madeUpMount('/', { blockDevices: ['dm-1'] }),
    madeUpMount('/boot', { type: 'vfat', blockDevices: ['nvme0n1p1'] }),
    madeUpMount('/home/media', { blockDevices: ['dm-1'] }),
    madeUpMount('/proc', { type: 'proc' }),
    madeUpMount('/tmp', { type: 'tmpfs' }),
  ],
  swaps: [
    { path: '/dev/dm-2', kind: 'partition', blockDevice: 'dm-2', sizeBytes: 1, priority: -2 },
    { path: '/home/media/swap', kind: 'file', blockDevice: null, sizeBytes: 1, priority: -3 },
    { path: '/dev/zram0', kind: 'zram', blockDevice: null, sizeBytes: 1, priority: 5 },
  ],
});

test('a volume on LUKS on NVMe is followed down to the controller, swap too', () => {
  const chains = bootChains(luksOnNvme, kernel, '/');
  assert.equal(
    chains.map(({ subject, neededToBoot }) => [subject, neededToBoot]),
    [
      ['/', true],
      ['/boot', true],
      ['/home/media', true],
      ['swap on /dev/mapper/vg-swap', true],
      ['swap on /home/media/swap', false],
      ['swap on compressed memory', false],
    ],
  );
  assert.equal(shown(chainOf(chains, '/')), [
    'ext4 file system | ext4 (type)',
    'logical volume vg-root | dm_mod (type)',
    'LUKS crypted | dm_crypt (type)',
    'partition part-2',
    'NVMe disk',
    'nvme: 0000:01:00.0 144d:a808 | nvme (bound and alias)',
  ]);
  assert.equal(modulesOf(chainOf(chains, '/boot')), ['vfat', 'nls_cp437', 'nls_ascii', 'nvme']);
  assert.equal(modulesOf(chainOf(chains, 'swap on /dev/mapper/vg-swap')), [
    'dm_mod',
    'dm_crypt',
    'nvme',
  ]);
  assert.equal(missingModules(chains), []);
});

test('LUKS on a volume is followed as well', () => {
  const facts = madeUpFacts({
    devices: nvme.devices,
    blockDevices: [
      nvme.disk,
      volumeOn('dm-0', 'vg-root', ['nvme0n1']),
      luksOn('dm-1', 'root', ['dm-0']),
    ],
    mounts: [madeUpMount('/', { blockDevices: ['dm-1'] })],
  });
  assert.equal(modulesOf(bootChains(facts, kernel, '/')[0]), [
    'ext4',
    'dm_crypt',
    'dm_mod',
    'nvme',
  ]);
});

const twoDisks = [sataDisk('sda', 1), sataDisk('sdb', 2)];

function raid(level: string | null): Facts {
  return madeUpFacts({
    devices: [...ahci, ...twoDisks.flatMap(({ devices }) => devices)],
    blockDevices: [
      ...twoDisks.map(({ disk }) => disk),
      ...twoDisks.map(({ disk }) => partitionOf(disk, 1)),
      madeUpBlock('md127', {
        kind: 'mdraid',
        liesOn: ['sdb1', 'sda1'],
        raid: { level, uuid: 'r' },
      }),
    ],
    mounts: [madeUpMount('/', { blockDevices: ['md127'] })],
  });
}

test('a RAID has all its disks, in an order that does not follow their names', () => {
  const [chain] = bootChains(raid('raid1'), kernel, '/');
  assert.equal(shown(chain), [
    'ext4 file system | ext4 (type)',
    'raid1 r | raid1 (type) | md_mod (type)',
    'partition part-1-of-1',
    'sd_mod: SCSI disk | sd_mod (bound and alias)',
    'ahci: 0000:00:1f.2 8086:2922 | ahci (bound and alias)',
    'partition part-1-of-2',
    'sd_mod: SCSI disk | sd_mod (bound and alias)',
  ]);
});

const levels: readonly (readonly [level: string | null, modules: readonly string[]])[] = [
  ['raid6', ['raid456', 'md_mod']],
  ['linear', ['linear', 'md_mod']],
  ['container', ['md_mod']],
  ['raid1\n; x', ['md_mod']],
  [null, ['md_mod']],
];
for (const [level, modules] of levels) {
  test(`a RAID of level ${JSON.stringify(level)} needs ${modules.join(' and ')}`, () => {
    const [chain] = bootChains(raid(level), kernel, '/');
    assert.equal(
      chain?.links[1]?.modules.map(({ name }) => name),
      modules,
    );
  });
}

interface VolumeCase {
  readonly title: string;
  readonly parts: readonly (readonly [name: string, uuid: string | null])[];
  readonly loaded?: readonly string[];
  readonly modules: readonly string[];
}

const lvmNumbers = `LVM-${'a'.repeat(64)}`;
const volumeCases: readonly VolumeCase[] = [
  {
    title: 'a RAID of LVM: the level is loaded',
    parts: [
      ['vg-root_rimage_0', lvmNumbers],
      ['vg-root_rmeta_0', lvmNumbers],
    ],
    loaded: ['dm_raid', 'raid1', 'raid456'],
    modules: ['dm_mod', 'dm_raid', 'raid1'],
  },
  {
    title: 'a RAID of LVM under a kernel with all levels built in: all that there are',
    parts: [['vg-root_rimage_1', null]],
    modules: ['dm_mod', 'dm_raid', 'raid1'],
  },
  {
    title: 'a thin volume',
    parts: [['vg-pool-tpool', `${lvmNumbers}-tpool`]],
    modules: ['dm_mod', 'dm_thin_pool'],
  },
  {
    title: 'a thin pool',
    parts: [
      ['vg-pool_tmeta', `${lvmNumbers}-tmeta`],
      ['vg-pool_tdata', lvmNumbers],
    ],
    modules: ['dm_mod', 'dm_thin_pool'],
  },
  {
    title: 'a cached volume',
    parts: [
      ['vg-cache_cvol-cdata', `${lvmNumbers}-cdata`],
      ['vg-root_corig', lvmNumbers],
    ],
    modules: ['dm_mod', 'dm_cache', 'dm_cache_smq'],
  },
  {
    title: 'a volume with a snapshot, seen by its uuid',
    parts: [['vg-root-real', `${lvmNumbers}-real`]],
    modules: ['dm_mod', 'dm_snapshot'],
  },
  {
    title: 'a snapshot, seen by its name',
    parts: [['my--vg-a--b-cow', null]],
    modules: ['dm_mod', 'dm_snapshot'],
  },
  {
    title: 'volumes of people who call them like layers are plain',
    parts: [
      ['vg-real', lvmNumbers],
      ['vg-cow', null],
      ['vg-my--cow', null],
    ],
    modules: ['dm_mod'],
  },
];

for (const { title, parts, loaded = [], modules } of volumeCases) {
  test(title, () => {
    const lower = parts.map(([name, uuid], at) =>
      volumeOn(`dm-${at + 1}`, name, [], { mapping: { name, uuid } }),
    );
    const facts = madeUpFacts({
      loadedModules: loaded,
      blockDevices: [
        volumeOn(
          'dm-0',
          'vg-root',
          lower.map(({ name }) => name),
        ),
        ...lower,
      ],
      mounts: [madeUpMount('/', { blockDevices: ['dm-0'] })],
    });
    const [chain] = bootChains(facts, kernel, '/');
    assert.equal(
      chain?.links[1]?.modules.map(({ name }) => name),
      modules,
    );
  });
}

test('of a mapping that may not be read its kernel name says what makes it', () => {
  const facts = madeUpFacts({
    blockDevices: [madeUpBlock('dm-0', { kind: 'other-mapping' })],
    mounts: [madeUpMount('/', { blockDevices: ['dm-0'] })],
  });
  assert.equal(modulesOf(bootChains(facts, kernel, '/')[0]), ['ext4', 'dm_mod']);
});

test('a USB disk needs its interface, its host controller and what drives disks', () => {
  const facts = madeUpFacts({
    devices: usbDisk.devices,
    blockDevices: [usbDisk.disk],
    mounts: [madeUpMount('/', { blockDevices: ['sdc'] })],
  });
  assert.equal(shown(bootChains(facts, kernel, '/')[0]), [
    'ext4 file system | ext4 (type)',
    'sd_mod: SCSI disk | sd_mod (bound and alias)',
    'usb_storage: USB 0781:5581 | usb_storage (bound and alias)',
    'xhci_pci: 0000:00:14.0 1912:0014 | xhci_pci (bound and alias) | xhci_pci_renesas (alias)',
  ]);
});

test('an SD card needs its host and mmc_block', () => {
  const host = '/devices/pci0000:00/0000:00:1a.0';
  const facts = madeUpFacts({
    devices: [
      madeUpPci(host, '8086:34f8', '080501', 'sdhci_pci'),
      madeUpDevice(`${host}/mmc_host/mmc0/mmc0:aaaa`, {
        bus: 'mmc',
        driver: 'mmcblk',
        module: 'mmc_block',
        modalias: 'mmc:block',
      }),
    ],
    blockDevices: [madeUpBlock('mmcblk0', { device: `${host}/mmc_host/mmc0/mmc0:aaaa` })],
    mounts: [madeUpMount('/', { blockDevices: ['mmcblk0'] })],
  });
  assert.equal(shown(bootChains(facts, kernel, '/')[0]).slice(1), [
    'mmc_block: memory card | mmc_block (bound and alias)',
    'sdhci_pci: 0000:00:1a.0 8086:34f8 | sdhci_pci (bound and alias)',
  ]);
});

test('NVMe behind Intel VMD needs vmd, and no bridge on the way', () => {
  const vmd = '/devices/pci0000:00/0000:00:0e.0';
  const port = `${vmd}/pci10000:e0/10000:e0:06.0`;
  const facts = madeUpFacts({
    devices: [
      madeUpPci(vmd, '8086:9a0b', '010400', 'vmd'),
      madeUpPci(port, '8086:9a09', '060400', null),
      madeUpPci(`${port}/10000:e1:00.0`, '144d:a808', '010802', 'nvme'),
    ],
    blockDevices: [madeUpBlock('nvme0n1', { device: `${port}/10000:e1:00.0` })],
    mounts: [madeUpMount('/', { blockDevices: ['nvme0n1'] })],
  });
  assert.equal(modulesOf(bootChains(facts, kernel, '/')[0]), ['ext4', 'nvme', 'vmd']);
});

test('btrfs on two disks needs both controllers', () => {
  const [sata] = twoDisks;
  const facts = madeUpFacts({
    devices: [...nvme.devices, ...ahci, ...(sata?.devices ?? [])],
    blockDevices: [nvme.disk, ...(sata === undefined ? [] : [sata.disk])],
    mounts: [madeUpMount('/', { type: 'btrfs', blockDevices: ['nvme0n1', 'sda'] })],
  });
  assert.equal(modulesOf(bootChains(facts, kernel, '/')[0]), ['btrfs', 'nvme', 'sd_mod', 'ahci']);
});

test('a disk of a virtual machine behind an IOMMU needs that one too', () => {
  const at = (slot: string): string => `/devices/pci0000:00/0000:00:${slot}.0`;
  const facts = madeUpFacts({
    devices: [
      madeUpPci(at('02'), '1af4:1042', '010000', 'virtio_pci'),
      madeUpDevice(`${at('02')}/virtio0`, {
        bus: 'virtio',
        driver: 'virtio_blk',
        module: 'virtio_blk',
        modalias: 'virtio:d00000002v00001AF4',
      }),
      madeUpPci(at('03'), '1af4:1057', '080600', 'virtio_pci'),
      madeUpDevice(`${at('03')}/virtio1`, {
        bus: 'virtio',
        driver: 'virtio_iommu',
        module: 'virtio_iommu',
        modalias: 'virtio:d00000017v00001AF4',
      }),
    ],
    blockDevices: [madeUpBlock('vda', { device: `${at('02')}/virtio0` })],
    mounts: [madeUpMount('/', { blockDevices: ['vda'] })],
  });
  assert.equal(modulesOf(bootChains(facts, kernel, '/')[0]), [
    'ext4',
    'virtio_blk',
    'virtio_pci',
    'virtio_iommu',
  ]);
});

test('under a rescue system with all drivers built in, the target kernel names the modules', () => {
  const facts = boundOtherwise(luksOnNvme, { module: null });
  const [chain] = bootChains(facts, kernel, '/');
  assert.equal(chain?.links.at(-1)?.modules, [
    { name: 'nvme', because: 'alias', inKernel: 'loadable' },
  ]);
  assert.equal(missingModules(bootChains(facts, kernel, '/')), []);
});

test('without a kernel at hand what is bound is what is known', () => {
  const chains = bootChains(luksOnNvme, undefined, '/');
  assert.equal(chainOf(chains, '/')?.links.at(-1)?.modules, [
    { name: 'nvme', because: 'bound', inKernel: null },
  ]);
  assert.equal(missingModules(chains), []);
});

test('an IDE controller needs its own driver, not what drives any for want of one', () => {
  const ide = '/devices/pci0000:00/0000:00:01.1';
  const machine = (ids: string): Facts =>
    madeUpFacts({
      devices: [madeUpPci(ide, ids, '010180', null), madeUpScsi(`${ide}/ata1/host0/0:0:0:0`)],
      blockDevices: [madeUpBlock('sda', { device: `${ide}/ata1/host0/0:0:0:0` })],
      mounts: [madeUpMount('/', { blockDevices: ['sda'] })],
    });
  const modules = (ids: string): readonly string[] =>
    modulesOf(bootChains(machine(ids), kernel, '/')[0]).slice(2);
  assert.equal(modules('8086:7010'), ['ata_piix']);
  assert.equal(modules('1234:5678'), ['ata_generic', 'pata_acpi']);
});

test('a keyboard on I2C counts where a passphrase has to be typed', () => {
  const facts = {
    ...luksOnNvme,
    devices: [...luksOnNvme.devices, ...i2cKeyboard.devices],
    keyboards: [i2cKeyboard.keyboard, i2cKeyboard.keyboard],
  };
  const chains = bootChains(facts, kernel, '/');
  const chain = chainOf(chains, 'keyboard ELAN0732:00 04F3:3282');
  assert.is(chain?.neededToBoot, true);
  assert.equal(modulesOf(chain), [
    'hid_generic',
    'i2c_hid_acpi',
    'i2c_designware_platform',
    'intel_lpss_pci',
    'pinctrl_tigerlake',
  ]);
  assert.is(chains.filter(({ subject }) => subject.startsWith('keyboard')).length, 1);
  const open = { ...facts, mounts: [madeUpMount('/', { blockDevices: ['nvme0n1p1'] })], swaps: [] };
  const [, keyboard] = bootChains(open, kernel, '/');
  assert.is(keyboard?.neededToBoot, false);
});

test('a PS/2 keyboard needs what is a part of the kernel', () => {
  const i8042 = '/devices/platform/i8042';
  const facts = madeUpFacts({
    devices: [
      madeUpDevice(i8042, { bus: 'platform', driver: 'i8042', modalias: 'platform:i8042' }),
      madeUpDevice(`${i8042}/serio0`, {
        bus: 'serio',
        driver: 'atkbd',
        modalias: 'serio:ty06pr00id00ex00',
      }),
    ],
    keyboards: [
      {
        title: 'AT Translated Set 2 keyboard',
        path: `${i8042}/serio0/input/input0`,
        isBluetooth: false,
      },
    ],
  });
  const [chain] = bootChains(facts, kernel, '/');
  assert.equal(
    chain?.links.map(({ modules }) => modules),
    [
      [{ name: 'atkbd', because: 'bound', inKernel: 'built-in' }],
      [{ name: 'i8042', because: 'bound', inKernel: 'built-in' }],
    ],
  );
});

test('a machine that is mounted elsewhere is seen without where it is', () => {
  const facts = {
    ...luksOnNvme,
    mounts: [
      madeUpMount('/', { type: 'btrfs' }),
      madeUpMount('/mnt', { blockDevices: ['dm-1'] }),
      madeUpMount('/mnt/boot', { type: 'vfat', blockDevices: ['nvme0n1p1'] }),
      madeUpMount('/mnt2', { blockDevices: ['dm-1'] }),
    ],
    swaps: [
      { path: '/swap', kind: 'file', blockDevice: null, sizeBytes: 1, priority: 1 },
      { path: '/mnt/swap', kind: 'file', blockDevice: null, sizeBytes: 1, priority: 1 },
    ] as const,
  };
  const chains = bootChains(facts, kernel, '/mnt');
  assert.equal(
    chains.map(({ subject }) => subject),
    ['/', '/boot', 'swap on /swap'],
  );
  assert.equal(modulesOf(chains[2]), ['ext4', 'dm_mod', 'dm_crypt', 'nvme']);
});

test('swap with a new key at each boot is waited for', () => {
  const swapped: BlockDevice = madeUpBlock('dm-0', {
    kind: 'plain-crypt',
    liesOn: ['nvme0n1p1'],
    mapping: { name: 'swap', uuid: 'CRYPT-PLAIN-swap' },
  });
  const facts = madeUpFacts({
    devices: nvme.devices,
    blockDevices: [nvme.disk, partitionOf(nvme.disk, 1), swapped],
    swaps: [
      {
        path: '/dev/dm-0',
        kind: 'random-encrypted',
        blockDevice: 'dm-0',
        sizeBytes: 1,
        priority: 1,
      },
    ],
  });
  const [chain] = bootChains(facts, kernel, '/');
  assert.equal([chain?.subject, chain?.neededToBoot], ['swap on /dev/mapper/swap', true]);
  assert.equal(modulesOf(chain), ['dm_crypt', 'nvme']);
});

interface MissingCase {
  readonly title: string;
  readonly facts: Facts;
  readonly kernel: KernelModules;
  readonly missing: readonly string[];
}

function kernelWithout(...names: readonly string[]): KernelModules {
  const gone = new Set(names);
  const is = (line: string): boolean => gone.has(line.split(' ')[1] ?? '');
  return madeUpKernel({
    ...commonKernel,
    loadable: Object.fromEntries(
      Object.entries(commonKernel.loadable ?? {}).filter(([name]) => !gone.has(name)),
    ),
    aliases: (commonKernel.aliases ?? []).filter(line => !is(line)),
  });
}

const missingCases: readonly MissingCase[] = [
  {
    title: 'a kernel without the driver that is bound now',
    facts: luksOnNvme,
    kernel: kernelWithout('nvme'),
    missing: [
      'nvme: 0000:01:00.0 144d:a808: nvme for /, /boot, /home/media, swap on /dev/mapper/vg-swap',
    ],
  },
  {
    title: 'a kernel without the driver that is a part of the running one',
    facts: boundOtherwise(luksOnNvme, { module: null }),
    kernel: kernelWithout('nvme'),
    missing: [
      'nvme: 0000:01:00.0 144d:a808: nvme for /, /boot, /home/media, swap on /dev/mapper/vg-swap',
    ],
  },
  {
    title: 'a kernel without the file system and dm-crypt',
    facts: luksOnNvme,
    kernel: kernelWithout('vfat', 'dm_crypt', 'nls_cp437'),
    missing: [
      'LUKS crypted: dm_crypt for /, /home/media, swap on /dev/mapper/vg-swap',
      'vfat file system: vfat for /boot',
    ],
  },
  {
    title: 'a kernel whose driver has another name',
    facts: boundOtherwise(luksOnNvme, { module: 'old_nvme' }),
    kernel,
    missing: [],
  },
  {
    title: 'a kernel that has the old name of a driver as an alias',
    facts: boundOtherwise(luksOnNvme, { module: 'old_nvme', modalias: null }),
    kernel: madeUpKernel({
      ...commonKernel,
      aliases: [...(commonKernel.aliases ?? []), 'old-nvme nvme'],
    }),
    missing: [],
  },
];

for (const { title, facts, kernel, missing } of missingCases) {
  test(`${title}: ${missing.length === 0 ? 'nothing' : 'it'} is missing`, () => {
    assert.equal(
      missingModules(bootChains(facts, kernel, '/')).map(
        ({ what, modules, subjects }) =>
          `${what}: ${modules.join(' or ')} for ${subjects.join(', ')}`,
      ),
      missing,
    );
  });
}

test('odd facts come to an end', () => {
  const deep = Array.from({ length: 20_000 }, (_, at) =>
    volumeOn(`dm-${at}`, `v${at}`, [`dm-${at + 1}`]),
  );
  const facts = madeUpFacts({
    devices: [madeUpDevice('/devices/odd', { module: 'a b\n', driver: '\u202e', modalias: '[' })],
    blockDevices: [
      volumeOn('a', 'one', ['b', 'a', 'nowhere']),
      volumeOn('b', 'two\n}; evil = "${x}', ['a'], { device: '/devices/odd/a' }),
      madeUpBlock('c', { device: '//devices/odd/' }),
      ...deep,
    ],
    mounts: [
      madeUpMount('/', { blockDevices: ['a', 'c', 'gone'], type: '../x y' }),
      madeUpMount('/deep', { blockDevices: ['dm-0'] }),
    ],
    swaps: [{ path: '/dev/x', kind: 'partition', blockDevice: 'gone', sizeBytes: 0, priority: 0 }],
    keyboards: [{ title: '\n\u0007', path: '/devices/odd/input', isBluetooth: false }],
  });
  const chains = bootChains(facts, kernel, '/');
  assert.is(chainOf(chains, '/deep')?.links.length, 20_001);
  const texts = chains.flatMap(({ subject, links }) => [subject, ...links.map(({ what }) => what)]);
  assert.equal(
    texts.filter(text => /\p{Cc}|\u202e/u.test(text)),
    [],
  );
});

test('what is in fstab is waited for; what is not, and what a server has, is not', () => {
  const facts = {
    ...luksOnNvme,
    devices: [...luksOnNvme.devices, ...usbDisk.devices],
    blockDevices: [
      ...luksOnNvme.blockDevices,
      usbDisk.disk,
      madeUpBlock('zd0', { kind: 'other-mapping', content: null }),
    ],
    mounts: [
      madeUpMount('/', { blockDevices: ['dm-1'] }),
      madeUpMount('/persist', { blockDevices: ['nvme0n1p1'] }),
      madeUpMount('/media/stick', { type: 'vfat', blockDevices: ['sdc'] }),
      madeUpMount('/mnt/nas', { type: 'nfs4', source: 'nas:/x' }),
    ],
    swaps: [
      { path: '/dev/sdc', kind: 'partition', blockDevice: 'sdc', sizeBytes: 1, priority: -2 },
    ],
  } as const;
  const needed = (of: Facts): readonly (readonly [string, boolean])[] =>
    bootChains(of, kernel, '/').map(({ subject, neededToBoot }) => [subject, neededToBoot]);
  assert.equal(needed(facts), [
    ['/', true],
    ['/media/stick', false],
    ['/mnt/nas', false],
    ['/persist', true],
    ['swap on a disk', false],
  ]);
  const inContainer = { ...facts, virtualisation: { machine: null, container: 'lxc' } };
  assert.ok(needed(inContainer).every(([, isNeeded]) => !isNeeded));
});

test('a disk of its own for /home that cannot be driven is missed', () => {
  const home = sataDisk('sda', 1);
  const facts = {
    ...luksOnNvme,
    devices: [...luksOnNvme.devices, ...ahci, ...home.devices],
    blockDevices: [...luksOnNvme.blockDevices, home.disk, partitionOf(home.disk, 1)],
    mounts: [...luksOnNvme.mounts, madeUpMount('/home', { blockDevices: ['sda1'] })],
  };
  assert.equal(
    missingModules(bootChains(facts, kernelWithout('ahci'), '/')).map(({ subjects }) => subjects),
    [['/home']],
  );
});

test('of several keyboards one that can be driven is enough', () => {
  const second = '/devices/platform/odd/odd-keys';
  const keyboards = [
    i2cKeyboard.keyboard,
    { title: 'odd', path: `${second}/input/input9`, isBluetooth: false },
  ];
  const odd = madeUpDevice(second, { bus: 'virtio', driver: 'odd_keys' });
  const facts = { ...luksOnNvme, devices: [...nvme.devices, ...i2cKeyboard.devices, odd] };
  const missing = (with_: Partial<Facts>): readonly string[] =>
    missingModules(bootChains({ ...facts, ...with_ }, kernel, '/')).flatMap(
      ({ subjects }) => subjects,
    );
  assert.equal(missing({ keyboards }), []);
  assert.equal(missing({ keyboards: keyboards.slice(1) }), ['keyboard odd']);
});

test('a keyboard that is connected by Bluetooth is no way to a passphrase', () => {
  const title = 'MX Keys';
  const path = '/devices/virtual/misc/uhid/0005:046D:B35B.0004/input/input20';
  const facts = { ...luksOnNvme, keyboards: [{ title, path, isBluetooth: true }] };
  assert.is(chainOf(bootChains(facts, kernel, '/'), 'keyboard MX Keys'), undefined);
});

test('a root that is reached over the network has the adapters with it', () => {
  const card = madeUpPci('/devices/pci0000:00/0000:00:19.0', '8086:15b8', '020000', 'e1000e');
  const virtual = { name: 'br0', kind: 'ethernet', device: null } as const;
  const facts = madeUpFacts({
    devices: [card],
    networkInterfaces: [virtual, { name: 'eno1', kind: 'ethernet', device: card.path }],
    mounts: [
      madeUpMount('/', { type: 'nfs4', source: 'server:/root' }),
      madeUpMount('/srv', { type: 'nfs4', source: 'server:/srv' }),
    ],
  });
  const chains = bootChains(facts, madeUpKernel({ loadable: { e1000e: [], nfs: [] } }), '/');
  assert.equal(shown(chainOf(chains, '/')).slice(1), [
    'over a network',
    'e1000e: 0000:00:19.0 8086:15b8 | e1000e (bound)',
  ]);
  assert.is(chainOf(chains, '/srv')?.links.length, 1);
});

test('a disk of a server is one, by its session, its fabric or its name', () => {
  const session = '/devices/platform/host6/session1/target6:0:0/6:0:0:1';
  const fabric = '/devices/virtual/nvme-fabrics/ctl';
  const disks = [
    madeUpBlock('sda', { device: session }),
    madeUpBlock('nvme1n1', { device: fabric }),
    madeUpBlock('nbd0', { kind: 'other-mapping' }),
    nvme.disk,
  ];
  const machine = new Machine(
    madeUpFacts({ devices: nvme.devices, blockDevices: [...disks, partitionOf(nvme.disk, 1)] }),
  );
  assert.equal(
    disks.map(disk => isReachedOverNetwork('ext4', [disk], machine)),
    [true, true, true, false],
  );
  assert.is(isReachedOverNetwork('fuse.sshfs', [], machine), true);
  assert.is(isReachedOverNetwork(undefined, [nvme.disk], machine), false);
});

test('a LUKS device with integrity needs what keeps the checksums', () => {
  const facts = madeUpFacts({
    devices: nvme.devices,
    blockDevices: [
      nvme.disk,
      madeUpBlock('dm-0', {
        kind: 'other-mapping',
        liesOn: ['nvme0n1'],
        mapping: { name: 'root_dif', uuid: 'CRYPT-SUBDEV-1-root_dif' },
      }),
      luksOn('dm-1', 'root', ['dm-0']),
      madeUpBlock('dm-2', {
        kind: 'other-mapping',
        liesOn: ['nvme0n1'],
        mapping: { name: 'usr', uuid: 'CRYPT-VERITY-1-usr' },
      }),
    ],
    mounts: [
      madeUpMount('/', { blockDevices: ['dm-1'] }),
      madeUpMount('/usr', { blockDevices: ['dm-2'] }),
    ],
  });
  const chains = bootChains(facts, undefined, '/');
  assert.equal(modulesOf(chainOf(chains, '/')).slice(1, 5), [
    'dm_crypt',
    'dm_mod',
    'dm_integrity',
    'authenc',
  ]);
  assert.ok(modulesOf(chainOf(chains, '/usr')).includes('dm_verity'));
});

test('a linear array has its module under both of its names', () => {
  const names = (of: KernelModules): readonly string[] =>
    modulesOf(bootChains(raid('linear'), of, '/')[0]).slice(1, 3);
  assert.equal(names(kernel), ['linear', 'md_mod']);
  const newer = madeUpKernel({
    ...commonKernel,
    loadable: { ...commonKernel.loadable, linear: [], md_linear: ['md_mod'] },
  });
  assert.equal(names(newer), ['linear', 'md_mod']);
  const { linear, ...others } = commonKernel.loadable ?? {};
  const newest = madeUpKernel({ ...commonKernel, loadable: { ...others, md_linear: ['md_mod'] } });
  assert.equal([linear, ...names(newest)], [['md_mod'], 'md_linear', 'md_mod']);
});

test('what supplies a device is driven too, and what supplies that', () => {
  const bridge = '/devices/platform/3c0800000.pcie';
  const disk = `${bridge}/pci0000:00/0000:00:00.0/0000:01:00.0`;
  const phy = '/devices/platform/fe8c0000.phy';
  const regulators = '/devices/platform/fdd40000.i2c/i2c-0/0-0020';
  const facts = madeUpFacts({
    devices: [
      madeUpDevice(bridge, {
        bus: 'platform',
        module: 'pcie_dw_rockchip',
        driver: 'rockchip-dw-pcie',
        suppliers: [phy, '/devices/platform/unknown'],
      }),
      madeUpPci(disk, '144d:a808', '010802', 'nvme'),
      madeUpDevice(phy, {
        bus: 'platform',
        module: 'phy_rockchip_snps_pcie3',
        driver: 'rockchip-snps-pcie3-phy',
        suppliers: [regulators, phy],
      }),
      madeUpDevice('/devices/platform/fdd40000.i2c', {
        bus: 'platform',
        driver: 'rk3x-i2c',
        module: 'i2c_rk3x',
      }),
      madeUpDevice(regulators, { bus: 'i2c', driver: 'rk8xx', module: 'rk8xx_i2c' }),
      madeUpDevice('/devices/platform/other', { bus: 'platform', driver: 'x', module: 'other' }),
    ],
    blockDevices: [madeUpBlock('nvme0n1', { device: disk })],
    mounts: [madeUpMount('/', { blockDevices: ['nvme0n1'] })],
  });
  assert.equal(modulesOf(bootChains(facts, undefined, '/')[0]).slice(1), [
    'nvme',
    'pcie_dw_rockchip',
    'phy_rockchip_snps_pcie3',
    'rk8xx_i2c',
    'i2c_rk3x',
  ]);
});

test("a Surface's keyboard needs what makes the devices behind its controller", () => {
  const controller = '/devices/platform/serial8250/MSHW0084:00';
  const keys = `${controller}/01:15:02:00:00`;
  const made = { bus: 'surface_aggregator' };
  const facts = {
    ...luksOnNvme,
    devices: [
      ...nvme.devices,
      madeUpDevice(controller, { bus: 'serial', driver: 'x', module: 'surface_aggregator' }),
      madeUpDevice(keys, { ...made, driver: 'surface_hid', module: 'surface_hid' }),
      madeUpDevice(`${controller}/00:00:01:0e:00`, {
        ...made,
        driver: 'surface_aggregator_subsystem_hub',
        module: 'surface_aggregator_hub',
      }),
      madeUpDevice('/devices/platform/MSHW0123:00', {
        bus: 'platform',
        driver: 'surface_aggregator_platform_hub',
        module: 'surface_aggregator_registry',
      }),
    ],
    keyboards: [{ title: 'Surface', path: `${keys}/input/input1`, isBluetooth: false }],
  };
  assert.equal(modulesOf(chainOf(bootChains(facts, undefined, '/'), 'keyboard Surface')), [
    'surface_hid',
    'surface_aggregator',
    'surface_aggregator_hub',
    'surface_aggregator_registry',
  ]);
});

test.run();
