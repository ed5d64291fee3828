import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../../src/hardware/facts/facts.ts';
import { readFacts } from '../../../src/hardware/facts/read-facts.ts';
import { facterSource, isFacterReport } from '../../../src/hardware/sources/facter-report.ts';
import { SeededRandom } from '../../boot/seeded-random.ts';
import { pciDevice, server, virtualMachine } from './facter-reports.ts';

function factsOf(document: unknown): Facts {
  return readFacts(facterSource(document, 'facter.json'));
}

/** The drivers from a block device up to its bus: `sd (sd_mod)`. */
function driversAbove({ blockDevices, devices }: Facts, name: string): string[] {
  const start = blockDevices.find(block => block.name === name)?.device ?? '';
  return devices
    .filter(({ path }) => `${start}/`.startsWith(`${path}/`))
    .filter(({ driver }) => driver !== null)
    .map(({ driver, module }) => `${driver} (${module})`);
}

test('a server: its disks, and what is needed to reach them', () => {
  const facts = factsOf(server());
  assert.equal(
    facts.blockDevices.map(({ name, number, kind, sizeBytes, links }) => ({
      name,
      number,
      kind,
      sizeBytes,
      links,
    })),
    [
      {
        name: 'nvme0n1',
        number: '259:1',
        kind: 'disk',
        sizeBytes: 512_110_190_592,
        links: ['disk/by-path/pci-0000:01:00.0-nvme-1'],
      },
      {
        name: 'nvme1n1',
        number: '259:0',
        kind: 'disk',
        sizeBytes: 512_110_190_592,
        links: ['disk/by-path/pci-0000:02:00.0-nvme-1'],
      },
    ],
  );
  assert.equal(driversAbove(facts, 'nvme0n1'), ['nvme (nvme)']);
  const controller = facts.devices.find(({ name }) => name === '0000:01:00.0');
  assert.is(controller?.bus, 'pci');
  assert.is(controller?.classCode, '010802');
  assert.is(controller?.vendorId, '144d');
  assert.is(controller?.productId, 'a808');
});

test('a server: processor, names, network, platform', () => {
  const facts = factsOf(server());
  assert.equal(facts.cpu, {
    vendor: 'GenuineIntel',
    model: 'Intel(R) Core(TM) i7-7700 CPU @ 3.60GHz',
    family: 6,
    count: 8,
    virtualisation: 'vmx',
    isVirtual: false,
  });
  assert.is(facts.platform, 'x86_64-linux');
  assert.is(facts.dmi?.systemVendor, 'FUJITSU');
  assert.is(facts.dmi?.boardName, 'D3401-H2');
  assert.is(facts.dmi?.chassisType, 3);
  assert.is(facts.dmi?.productVersion, null);
  assert.equal(facts.networkInterfaces, [
    { name: 'enp0s31f6', kind: 'ethernet', device: '/devices/pci0000:00/0000:00:1f.6' },
  ]);
  assert.equal(facts.virtualisation, { machine: 'none', container: null });
});

test('a virtual machine: drivers of what a report does not list, from its disks', () => {
  const facts = factsOf(virtualMachine());
  assert.equal(driversAbove(facts, 'sda'), [
    'virtio-pci (virtio_pci)',
    'virtio_scsi (virtio_scsi)',
    'sd (sd_mod)',
  ]);
  assert.equal(driversAbove(facts, 'sr0'), ['ahci (ahci)', 'sr (sr_mod)']);
  assert.equal(driversAbove(facts, 'vda'), ['virtio_blk (virtio_blk)']);
  assert.is(facts.blockDevices.find(({ name }) => name === 'sr0')?.kind, 'optical');
  assert.is(new Set(facts.blockDevices.map(({ number }) => number)).size, 3);
});

test('a virtual machine: keyboards, firmware, swap', () => {
  const facts = factsOf(virtualMachine());
  assert.equal(facts.keyboards, [
    {
      title: 'QEMU USB Keyboard',
      path: '/devices/pci0000:00/0000:00:02.1/0000:02:00.0/usb1/1-2/1-2:1.0/input/input0',
      isBluetooth: false,
    },
    {
      title: 'AT Translated Set 2 keyboard',
      path: '/devices/platform/i8042/serio0/input/input0',
      isBluetooth: false,
    },
  ]);
  const usb = facts.devices.find(({ name }) => name === '1-2:1.0');
  assert.is(usb?.module, 'usbhid');
  assert.is(usb?.classCode, '030101');
  assert.is(usb?.productId, '0001');
  assert.equal(facts.firmware, { kind: 'uefi', bits: 64, secureBoot: null });
  assert.is(facts.virtualisation.machine, 'kvm');
  assert.equal(
    facts.swaps.map(({ path, kind, sizeBytes, priority }) => [path, kind, sizeBytes, priority]),
    [
      ['/dev/disk/by-id/scsi-0-part 2', 'partition', 1 << 20, -2],
      ['/swap', 'file', 2 << 20, 5],
    ],
  );
});

test('it is told what a report does not tell', () => {
  const never = [
    'what is on disks and partitions',
    'which kernel runs, and with what parameters',
    'which mappings and arrays there are',
  ];
  assert.equal(facterSource(virtualMachine(), 'x').silentOn, [
    'which file systems are mounted',
    'what processor it has',
    ...never,
  ]);
  const { silentOn, tree } = facterSource(server(), 'x');
  assert.equal(silentOn, [
    'which file systems are mounted',
    'which swap is in use',
    'whether UEFI has started it',
    ...never,
  ]);
  assert.is(tree.text('/run/genctl/firmware'), 'unknown\n');
});

test('a newer report is read as far as it goes, and said to be one', () => {
  const source = facterSource({ ...server(), version: 2, more: { things: [1] } }, 'x');
  assert.is(source.silentOn[0], 'what version 2 of such reports adds to version 1');
  assert.is(readFacts(source).blockDevices.length, 2);
});

test('a device that is odd is left out and counted, and the others stay', () => {
  const good = pciDevice('0000:00:17.0', 'odd alias', 'ahci', 'ahci');
  const odd: unknown[] = [
    null,
    7,
    'text',
    [],
    { sysfs_id: 5 },
    { sysfs_id: '../../etc' },
    { sysfs_id: '/devices/../../etc' },
    { sysfs_id: '/class/block/../../x' },
    { sysfs_id: '/class/block/x', sysfs_device_link: '/etc' },
  ];
  const fine: unknown[] = [
    {},
    { sysfs_id: '' },
    { ...good, vendor: 'text', device: { value: 1.5 } },
  ];
  const document = { hardware: { pci: [...odd, ...fine], disk: 'none', usb: { a: 1 } } };
  const { silentOn, tree } = facterSource(document, 'x');
  assert.is(silentOn.at(-1), '9 devices that the report describes oddly');
  assert.equal(tree.names('/sys/bus/pci/devices'), ['0000:00:17.0']);
  assert.match(tree.text('/sys/bus/pci/devices/0000:00:17.0/uevent') ?? '', /^PCI_CLASS=000000\n/);
  assert.not.ok(tree.names('/').includes('etc'));
});

test('line breaks in what a report says make no lines of their own', () => {
  const document = {
    system: 'x86_64-linux\nevil',
    hardware: {
      disk: [
        {
          sysfs_id: '/class/block/sda',
          unix_device_names: ['/dev/a\nE:ID_FS_TYPE=btrfs', '/dev/disk/by-id/x'],
        },
      ],
      pci: [{ ...pciDevice('0000:00:17.0', 'a\nDRIVER=b', 'c\nd', '../../x') }],
    },
    swap: [{ path: '/a\n/dev/sda partition 1 0 0', type: 'file', size: 1 }],
  };
  const facts = factsOf(document);
  assert.is(facts.platform, null);
  assert.is(facts.blockDevices[0]?.content, null);
  assert.equal(facts.blockDevices[0]?.links, ['disk/by-id/x']);
  assert.is(facts.devices[0]?.driver, 'c d');
  assert.is(facts.devices[0]?.module, null);
  assert.equal(
    facts.swaps.map(({ path }) => path),
    ['/a\n/dev/sda partition 1 0 0'],
  );
});

test('any document of the right shape is facts, whatever is in its places', () => {
  const odd: readonly unknown[] = [
    null,
    true,
    -1,
    1e300,
    '',
    'a/../b\0',
    [],
    [null],
    {},
    '9'.repeat(99),
  ];
  for (let seed = 0; seed < 400; seed++) {
    const random = new SeededRandom(seed);
    const mutate = (value: unknown): unknown => {
      if (random.below(12) === 0) return odd[random.below(odd.length)];
      if (Array.isArray(value)) return value.map(mutate);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, mutate(below)]));
    };
    const document = mutate(seed % 2 === 0 ? server() : virtualMachine());
    if (isFacterReport(document)) factsOf(document);
  }
});

test('other JSON is no report', () => {
  for (const document of [null, 1, 'x', [], {}, { version: 1 }, [server()]]) {
    assert.not.ok(isFacterReport(document), JSON.stringify(document));
  }
  assert.ok(isFacterReport(server()));
});

test.run();
