import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../../src/hardware/facts/facts.ts';
import { readClassDevices } from '../../../src/hardware/facts/read-class-devices.ts';
import { readDevices } from '../../../src/hardware/facts/read-devices.ts';
import {
  block,
  classDevice,
  device,
  folder,
  lines,
  type Standings,
  smallTree,
} from './small-tree.ts';

function read(standings: Standings): readonly Device[] {
  const tree = smallTree(standings);
  return readDevices(tree, readClassDevices(tree));
}

function readOne(standings: Standings): Device | undefined {
  const found = read(standings);
  assert.is(found.length, 1);
  return found[0];
}

const sata = '/devices/pci0000:00/0000:00:1f.2';

test('a PCI device: ids and class of four and six small digits, driver and module', () => {
  const found = readOne(
    device(
      sata,
      'pci',
      [
        'PCI_CLASS=10601',
        'PCI_ID=8086:2922',
        'PCI_SUBSYS_ID=1AF4:1100',
        'PCI_SLOT_NAME=0000:00:1f.2',
        'MODALIAS=pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01',
      ],
      'ahci@ahci',
    ),
  );
  assert.equal(found, {
    path: sata,
    bus: 'pci',
    name: '0000:00:1f.2',
    vendorId: '8086',
    productId: '2922',
    classCode: '010601',
    title: null,
    driver: 'ahci',
    module: 'ahci',
    modalias: 'pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01',
    suppliers: [],
  });
});

const identified: readonly (readonly [string, string, readonly string[], Partial<Device>])[] = [
  [
    'capitals become small',
    'pci',
    ['PCI_CLASS=C0330', 'PCI_ID=1AF4:00FF'],
    { vendorId: '1af4', productId: '00ff', classCode: '0c0330' },
  ],
  ['a class of zero', 'pci', ['PCI_CLASS=0', 'PCI_ID=0000:0000'], { classCode: '000000' }],
  [
    'a class that is none',
    'pci',
    ['PCI_CLASS=1234567', 'PCI_ID=8086'],
    { vendorId: null, classCode: null },
  ],
  [
    'a USB device',
    'usb',
    ['DEVTYPE=usb_device', 'PRODUCT=46d/c52b/1211', 'TYPE=0/0/0'],
    { vendorId: '046d', productId: 'c52b', classCode: '000000' },
  ],
  [
    'a USB interface has the class of its own',
    'usb',
    ['DEVTYPE=usb_interface', 'PRODUCT=781/5581/100', 'TYPE=0/0/0', 'INTERFACE=8/6/80'],
    { vendorId: '0781', productId: '5581', classCode: '080650' },
  ],
  ['a USB class that is none', 'usb', ['TYPE=-1/0/256'], { classCode: null }],
  [
    'a HID device',
    'hid',
    ['HID_ID=0003:0000046D:0000C52B', 'HID_NAME=Logitech USB Receiver'],
    { vendorId: '046d', productId: 'c52b', title: 'Logitech USB Receiver' },
  ],
  ['a HID device without ids', 'hid', ['HID_ID=0018:00000000:00000000'], { vendorId: '0000' }],
  ['an SD card', 'mmc', ['MMC_TYPE=SD', 'MMC_NAME=SC16G'], { title: 'SC16G' }],
  ['nothing said', 'platform', [], { vendorId: null, classCode: null, modalias: null }],
  ['a value with =', 'hid', ['HID_NAME=a=b'], { title: 'a=b' }],
];

for (const [name, bus, said, expected] of identified) {
  test(`ids: ${name}`, () => {
    const found = readOne(device('/devices/x/one', bus, said));
    assert.equal({ ...found, ...expected }, found);
  });
}

test('the names of drivers and their modules: of the kernel itself, with -, of no driver', () => {
  const found = read({
    ...device('/devices/a', 'platform', [], 'i8042'),
    ...device('/devices/b', 'i2c', [], 'i2c_hid_acpi@i2c-hid-acpi'),
    ...device('/devices/c', 'i2c', [], 'i2c_hid_acpi@i2c-hid-acpi'),
    ...device('/devices/d', 'pci', []),
    // A driver of the same name on another bus is another driver.
    ...device('/devices/e', 'usb', [], 'i2c_hid_acpi@other'),
  });
  assert.equal(
    found.map(({ driver, module }) => [driver, module]),
    [
      ['i8042', null],
      ['i2c_hid_acpi', 'i2c_hid_acpi'],
      ['i2c_hid_acpi', 'i2c_hid_acpi'],
      [null, null],
      ['i2c_hid_acpi', 'other'],
    ],
  );
});

test('what a disk hangs on is there, even on a bus that is passed over', () => {
  const found = read({
    ...device('/devices/LNXSYSTM:00/LNXCPU:00', 'acpi', ['MODALIAS=acpi:LNXCPU:']),
    ...device('/devices/system/cpu/cpu0', 'cpu', ['DRIVER=processor', 'MODALIAS=cpu:type:x86']),
    ...device('/devices/LNXSYSTM:00', 'acpi', ['MODALIAS=acpi:LNXSYSTM:']),
    ...device(
      '/devices/LNXSYSTM:00/VMBUS:00',
      'acpi',
      ['MODALIAS=acpi:VMBUS:'],
      'hv_vmbus@hv_vmbus',
    ),
    ...device('/devices/LNXSYSTM:00/VMBUS:00/0-1', 'vmbus', ['MODALIAS=vmbus:ba'], 'hv_storvsc'),
    '/sys/devices/LNXSYSTM:00/VMBUS:00/0-1/host0/uevent': '',
    ...block('/devices/LNXSYSTM:00/VMBUS:00/0-1/host0/block/sda', { number: '8:0' }),
    ...block('/devices/LNXSYSTM:00/VMBUS:00/0-1/host0/block/sda/sda1', {
      number: '8:1',
      type: 'partition',
    }),
  });
  assert.equal(
    found.map(({ path, bus }) => [path, bus]),
    [
      ['/devices/LNXSYSTM:00/VMBUS:00', 'acpi'],
      ['/devices/LNXSYSTM:00/VMBUS:00/0-1', 'vmbus'],
    ],
  );
});

test('an input device’s chain is there, the input device itself is not', () => {
  const i8042 = '/devices/platform/i8042';
  const found = read({
    ...device(i8042, 'platform', ['MODALIAS=platform:i8042'], 'i8042'),
    ...device(`${i8042}/serio0`, 'serio', ['MODALIAS=serio:ty06pr00id00ex00'], 'atkbd@atkbd'),
    ...classDevice(`${i8042}/serio0/input/input0`, 'input', ['MODALIAS=input:b0011v0001p0001']),
    ...classDevice(`${i8042}/serio0/input/input0/event0`, 'input', ['MAJOR=13', 'MINOR=64']),
  });
  assert.equal(
    found.map(({ path }) => path),
    [i8042, `${i8042}/serio0`],
  );
});

test('a device that has vanished since it was listed, links in circles and out of /sys', () => {
  const found = read({
    '/sys/bus/usb/devices/1-1': { to: '/sys/devices/usb1/1-1' },
    '/sys/bus/usb/devices/1-2': { to: '1-3' },
    '/sys/bus/usb/devices/1-3': { to: '1-2' },
    '/sys/bus/usb/devices/1-4': { to: '/etc' },
    '/sys/bus/usb/devices/1-5': { to: '/sys/devices' },
    '/sys/bus/usb/drivers': folder,
    ...device('/devices/usb1/1-6', 'usb', ['PRODUCT=1/2/3', 'TYPE=9/0/1']),
  });
  assert.equal(
    found.map(({ name }) => name),
    ['1-6'],
  );
});

test('what firmware writes into names does not come through as lines, and not as broken text', () => {
  const path = '/devices/usb1/1-1';
  const found = readOne({
    ...device(path, 'usb', ['DEVTYPE=usb_device', 'PRODUCT=1/2/3', 'TYPE=0/0/0', '', 'odd', '=x']),
    [`/sys${path}/product`]: Buffer.from([0x41, 0xff, 0x07, 0x22, 0x0a]),
  });
  assert.is(found?.title, 'A\ufffd\u0007"');
});

test('a source without uevent files has the other ones', () => {
  const path = '/devices/pci0000:00/0000:00:02.0';
  const found = readOne({
    '/sys/bus/pci/devices/0000:00:02.0': { to: `/sys${path}` },
    [`/sys${path}/modalias`]: lines('pci:v00008086d'),
    [`/sys${path}/driver`]: { to: '/sys/bus/pci/drivers/i915' },
    '/sys/bus/pci/drivers/i915/module': { to: '/sys/module/i915' },
  });
  assert.equal([found?.driver, found?.module, found?.modalias], ['i915', 'i915', 'pci:v00008086d']);
});

test('what a device cannot work without, by the names of the links', () => {
  const phy = '/devices/platform/fe8c0000.phy';
  const clock = '/devices/platform/clock';
  const bridge = '/devices/platform/3c0800000.pcie';
  const tree = smallTree({
    ...device(phy, 'platform', []),
    ...device(clock, 'platform', []),
    ...device(bridge, 'platform', []),
    ...Object.fromEntries(
      [
        'platform:fe8c0000.phy--platform:3c0800000.pcie',
        'platform:clock--platform:3c0800000.pcie',
        'platform:gone--platform:3c0800000.pcie',
        'platform:..--platform:3c0800000.pcie',
        'fe8c0000.phy--3c0800000.pcie',
        ':clock--:',
      ].map(name => [`/sys/class/devlink/${name}`, { to: `/sys/devices/virtual/devlink/${name}` }]),
    ),
  });
  assert.equal(
    readDevices(tree, readClassDevices(tree)).map(({ path, suppliers }) => [path, suppliers]),
    [
      [bridge, [clock, phy]],
      [clock, []],
      [phy, []],
    ],
  );
});

test.run();
