import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BlockDevice, Facts } from '../../../src/hardware/facts/facts.ts';
import { readFacts } from '../../../src/hardware/facts/read-facts.ts';
import { captureSource } from '../../../src/hardware/sources/capture.ts';

// Captures of QEMU's machines: what has to be in them is known from how the machines are made
// (test/vm/hardware/capture-machines.ts and the layouts of their disks), not from reading them.

const folder = fileURLToPath(new URL('../../../hw-fixtures', import.meta.url));

/** What is known of a machine. */
interface Known {
  readonly firmware: Facts['firmware']['kind'];
  /** By mount point: file system, and what it lies on down to the modules of the controller. */
  readonly mounts: Readonly<Record<string, string>>;
  /** By kind: what it lies on; an empty list of a file. */
  readonly swaps?: Readonly<Record<string, string>>;
  readonly network: readonly string[];
  readonly keyboards: number;
  readonly graphics: number;
}

const ahci = 'disk[sd_mod ahci]';
const nvme = 'disk[nvme]';
const virtioDisk = 'disk[virtio_blk virtio_pci]';
const virtioScsi = 'disk[sd_mod virtio_scsi virtio_pci]';

const machines: Readonly<Record<string, Known>> = {
  'qemu-ahci-uefi': {
    firmware: 'uefi',
    mounts: { '/': `ext4 partition(${ahci})`, '/boot': `vfat partition(${ahci})` },
    swaps: { partition: `partition(${ahci})` },
    network: ['e1000e'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-ide-bios': {
    firmware: 'bios',
    mounts: { '/': 'ext4 partition(disk[sd_mod ata_piix])' },
    network: ['e1000'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-nvme-btrfs': {
    firmware: 'uefi',
    mounts: {
      '/': `btrfs partition(${nvme})`,
      '/home': `btrfs partition(${nvme})`,
      '/nix': `btrfs partition(${nvme})`,
      '/nix/store': `btrfs partition(${nvme})`,
      '/efi': `vfat partition(${nvme})`,
      '/boot': `vfat partition(${nvme})`,
    },
    network: ['virtio_net virtio_pci'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-virtio-xfs-bios': {
    firmware: 'bios',
    mounts: { '/': `xfs partition(${virtioDisk})`, '/boot': `ext4 partition(${virtioDisk})` },
    swaps: { file: '' },
    network: ['virtio_net virtio_pci'],
    keyboards: 1,
    graphics: 0,
  },
  'qemu-virtio-scsi-f2fs': {
    firmware: 'uefi',
    mounts: { '/': `f2fs partition(${virtioScsi})`, '/boot/efi': `vfat partition(${virtioScsi})` },
    network: ['virtio_net virtio_pci'],
    // The PC's own and virtio's.
    keyboards: 2,
    graphics: 0,
  },
  'qemu-lsi-scsi-bios': {
    firmware: 'bios',
    mounts: { '/': 'ext4 partition(disk[sd_mod sym53c8xx])' },
    network: [],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-mptsas-bios': {
    firmware: 'bios',
    mounts: { '/': 'ext4 partition(disk[sd_mod mptsas])' },
    network: ['e1000'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-pvscsi-bios': {
    firmware: 'bios',
    mounts: { '/': 'ext4 partition(disk[sd_mod vmw_pvscsi])' },
    network: ['vmxnet3'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-megasas-uefi': {
    firmware: 'uefi',
    mounts: {
      '/': 'ext4 partition(disk[sd_mod megaraid_sas])',
      '/boot': 'vfat partition(disk[sd_mod megaraid_sas])',
    },
    network: ['e1000e', 'e1000e'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-usb-root-uefi': {
    firmware: 'uefi',
    mounts: {
      '/': 'ext4 partition(disk[sd_mod usb_storage usbcore xhci_pci])',
      '/boot': 'vfat partition(disk[sd_mod usb_storage usbcore xhci_pci])',
    },
    // Its ids are those of Linux's own gadget, which this driver is for.
    network: ['cdc_subset usbcore xhci_pci'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-sdcard-uefi': {
    firmware: 'uefi',
    mounts: {
      // The kernel does not tell that the driver mmcblk is in the module mmc_block.
      '/': 'ext4 partition(disk[sdhci_pci])',
      '/boot/firmware': 'vfat partition(disk[sdhci_pci])',
    },
    network: ['virtio_net virtio_pci'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-luks-ext4': {
    firmware: 'uefi',
    mounts: {
      '/': `ext4 luks(partition(${ahci}))`,
      '/boot': `ext4 partition(${ahci})`,
      '/boot/efi': `vfat partition(${ahci})`,
    },
    network: ['e1000e'],
    keyboards: 1,
    graphics: 0,
  },
  'qemu-lvm-on-luks': {
    firmware: 'uefi',
    mounts: {
      '/': `ext4 lvm(luks(partition(${nvme})))`,
      '/home': `ext4 lvm(luks(partition(${nvme})))`,
      '/boot': `vfat partition(${nvme})`,
    },
    swaps: { partition: `lvm(luks(partition(${nvme})))` },
    network: ['virtio_net virtio_pci'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-luks-on-lvm': {
    firmware: 'bios',
    mounts: {
      '/': `ext4 luks(lvm(partition(${virtioDisk})))`,
      '/boot': `ext4 partition(${virtioDisk})`,
    },
    swaps: { partition: `luks(lvm(partition(${virtioDisk})))` },
    network: ['virtio_net virtio_pci'],
    keyboards: 1,
    graphics: 0,
  },
  'qemu-mdraid1': {
    firmware: 'uefi',
    mounts: {
      '/': `ext4 mdraid(partition(${ahci}) partition(${ahci}))`,
      '/boot': `vfat partition(${ahci})`,
    },
    swaps: { partition: `mdraid(partition(${ahci}) partition(${ahci}))` },
    network: ['e1000e'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-lvm-raid1': {
    firmware: 'uefi',
    mounts: {
      // Each leg has its data and its metadata.
      '/': `ext4 lvm(${Array.from({ length: 4 }, () => `lvm(${virtioScsi})`).join(' ')})`,
      '/boot': `vfat partition(${nvme})`,
    },
    network: ['virtio_net virtio_pci'],
    keyboards: 1,
    graphics: 0,
  },
  'qemu-random-swap': {
    firmware: 'uefi',
    mounts: { '/': `ext4 partition(${nvme})`, '/boot': `vfat partition(${nvme})` },
    swaps: { 'random-encrypted': `plain-crypt(partition(${nvme}))`, zram: 'zram' },
    network: ['e1000e'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-btrfs-two-disks': {
    firmware: 'uefi',
    mounts: { '/': `btrfs ${virtioDisk} ${virtioDisk}`, '/boot': `vfat partition(${virtioDisk})` },
    network: ['virtio_net virtio_pci'],
    keyboards: 1,
    graphics: 0,
  },
  'qemu-bcache': {
    firmware: 'uefi',
    mounts: {
      '/': `ext4 bcache(partition(${nvme}) partition(${ahci}))`,
      '/boot': `vfat partition(${ahci})`,
    },
    network: [],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-cloned-disks': {
    firmware: 'uefi',
    mounts: { '/': `ext4 partition(${ahci})`, '/boot': `vfat partition(${ahci})` },
    network: ['e1000e'],
    keyboards: 1,
    graphics: 1,
  },
  'qemu-hostile-labels': {
    firmware: 'uefi',
    mounts: {
      '/': `ext4 partition(${virtioDisk})`,
      '/boot': `vfat partition(${virtioDisk})`,
      '/mnt/my "data" ${x}': `ext4 partition(${virtioDisk})`,
      '/mnt/tab\tnewline\nhere\\': `vfat partition(${virtioDisk})`,
      '/srv/a folder': `ext4 partition(${virtioDisk})`,
      '/scratch': 'tmpfs',
      '/opt/merged': 'overlay',
      '/opt/loop': 'ext4 loop',
    },
    network: ['virtio_net virtio_pci'],
    keyboards: 1,
    graphics: 0,
  },
};

/** Modules of the drivers from a device up, each once. */
function modulesFrom(facts: Facts, path: string): string {
  const above = facts.devices.filter(device => `${path}/`.startsWith(`${device.path}/`));
  const modules = above.toReversed().flatMap(({ module }) => module ?? []);
  return [...new Set(modules)].join(' ');
}

function chainOf(facts: Facts, name: string): string {
  const block = facts.blockDevices.find(found => found.name === name);
  if (block === undefined) return `no ${name}`;
  const end = block.device === null ? '' : `[${modulesFrom(facts, block.device)}]`;
  const below = block.liesOn.length === 0 ? end : `(${chainsOf(facts, block.liesOn)})`;
  return `${block.kind}${below}`;
}

function chainsOf(facts: Facts, names: readonly string[]): string {
  return names.map(name => chainOf(facts, name)).join(' ');
}

function known(facts: Facts, places: readonly string[]): Known {
  const mounts = places.map((place): [string, string] => {
    const mount = facts.mounts.findLast(({ mountPoint }) => mountPoint === place);
    const chain = chainsOf(facts, mount?.blockDevices ?? []);
    return [place, `${mount?.type} ${chain}`.trim()];
  });
  const swaps = facts.swaps.map(({ kind, blockDevice }): [string, string] => [
    kind,
    blockDevice === null ? '' : chainOf(facts, blockDevice),
  ]);
  return {
    firmware: facts.firmware.kind,
    mounts: Object.fromEntries(mounts),
    swaps: Object.fromEntries(swaps),
    network: facts.networkInterfaces.map(({ device }) => modulesFrom(facts, device ?? '')),
    keyboards: facts.keyboards.length,
    graphics: facts.graphics.length,
  };
}

function factsOf(capture: string): Facts {
  return readFacts(captureSource(fs.readFileSync(capture), capture));
}

const captured = fs
  .readdirSync(folder)
  .map(name => ({ name, path: `${folder}/${name}/capture.tar.gz` }))
  .filter(({ path }) => fs.existsSync(path));

for (const { name, path } of captured) {
  if (!name.startsWith('qemu-')) continue;
  test(`${name}: the facts are those of the machine that was made`, () => {
    const expected = machines[name];
    assert.ok(expected, `say what is known of ${name}`);
    const facts = factsOf(path);
    assert.equal(known(facts, Object.keys(expected?.mounts ?? {})), { swaps: {}, ...expected });
    assert.is(facts.platform, 'x86_64-linux');
    assert.is(facts.virtualisation.machine, 'qemu');
    assert.is(facts.virtualisation.container, null);
  });
}

for (const { name, path } of captured) {
  test(`${name}: what is named exists`, () => {
    const facts = factsOf(path);
    const devices = new Set(facts.devices.map(device => device.path));
    const blocks = new Map(
      facts.blockDevices.map((block): [string, BlockDevice] => [block.name, block]),
    );
    for (const { name, device, liesOn } of blocks.values()) {
      assert.ok(device === null || devices.has(device), `${name} hangs on ${device}`);
      for (const lower of liesOn) assert.ok(blocks.has(lower), `${name} lies on ${lower}`);
    }
    for (const { mountPoint, blockDevices } of facts.mounts) {
      for (const holder of blockDevices)
        assert.ok(blocks.has(holder), `${mountPoint} on ${holder}`);
    }
    for (const { name, device } of facts.networkInterfaces) {
      assert.ok(device === null || devices.has(device), `${name} hangs on ${device}`);
    }
    for (const display of facts.graphics) {
      assert.ok(devices.has(display), display);
    }
  });
}

test.run();
