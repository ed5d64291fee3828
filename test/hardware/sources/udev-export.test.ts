import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readFacts } from '../../../src/hardware/facts/read-facts.ts';
import type { HardwareSource } from '../../../src/hardware/sources/hardware-source.ts';
import { udevExportSource } from '../../../src/hardware/sources/udev-export.ts';
import { SeededRandom } from '../../boot/seeded-random.ts';
import { thrownBy } from './thrown-by.ts';

/** A laptop: NVMe with LUKS, a USB keyboard, wireless. */
const laptop = `
P: /devices/system/cpu/cpu0
E: DEVPATH=/devices/system/cpu/cpu0
E: SUBSYSTEM=cpu
E: DRIVER=processor
E: MODALIAS=cpu:type:x86,ven0000fam0006mod008E:feature:,0000,0001,003D,0085

P: /devices/system/cpu/cpu1
E: SUBSYSTEM=cpu

P: /devices/pci0000:00/0000:00:1d.0/0000:03:00.0
E: DEVPATH=/devices/pci0000:00/0000:00:1d.0/0000:03:00.0
E: DRIVER=nvme
E: PCI_CLASS=10802
E: PCI_ID=144D:A808
E: PCI_SLOT_NAME=0000:03:00.0
E: MODALIAS=pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02
E: SUBSYSTEM=pci
E: ID_PCI_CLASS_FROM_DATABASE=Mass storage controller

P: /devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0
E: SUBSYSTEM=nvme
E: MAJOR=240
E: MINOR=0
E: DEVNAME=/dev/nvme0

P: /devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1
N: nvme0n1
L: 0
S: disk/by-path/pci-0000:03:00.0-nvme-1
E: SUBSYSTEM=block
E: DEVTYPE=disk
E: MAJOR=259
E: MINOR=0
E: DEVNAME=/dev/nvme0n1
E: ID_PART_TABLE_TYPE=gpt

P: /devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1/nvme0n1p2
N: nvme0n1p2
S: disk/by-uuid/3c1f2b9e
E: SUBSYSTEM=block
E: DEVTYPE=partition
E: PARTN=2
E: MAJOR=259
E: MINOR=2
E: DEVNAME=/dev/nvme0n1p2
E: ID_FS_TYPE=crypto_LUKS
E: ID_FS_UUID=3c1f2b9e

P: /devices/virtual/block/dm-0
S: mapper/root
E: SUBSYSTEM=block
E: DEVTYPE=disk
E: MAJOR=254
E: MINOR=0
E: DEVNAME=/dev/dm-0
E: DM_NAME=root
E: DM_UUID=CRYPT-LUKS2-3c1f2b9e-root
E: ID_FS_TYPE=ext4

P: /devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/0003:046D:C31C.0001/input/input7
E: SUBSYSTEM=input
E: PRODUCT=3/46d/c31c/110
E: NAME="Logitech USB Keyboard"
E: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe

P: /devices/pci0000:00/0000:00:14.0/usb1/1-2
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
E: PRODUCT=46d/c31c/6400
E: TYPE=0/0/0
E: ID_MODEL_ENC=USB\\x20Keyboard

P: /devices/pci0000:00/0000:00:1c.0/0000:02:00.0/net/wlp2s0
E: SUBSYSTEM=net
E: DEVTYPE=wlan
E: INTERFACE=wlp2s0
E: IFINDEX=3
E: ID_NET_NAME_PATH=wlp2s0

P: /devices/pci0000:00/0000:00:1c.0/0000:02:00.0
E: SUBSYSTEM=pci
E: DRIVER=iwlwifi
E: PCI_CLASS=28000
E: PCI_ID=8086:24FD

P: /devices/platform/efivars.0
E: SUBSYSTEM=platform
`;

function sourceOf(text: string | Uint8Array): HardwareSource {
  return udevExportSource(Buffer.from(text), 'udev.txt');
}

test('disks, what is on them and what they hang on', () => {
  const { blockDevices, devices } = readFacts(sourceOf(laptop));
  assert.equal(
    blockDevices.map(({ name, kind, content }) => [name, kind, content?.type]),
    [
      ['dm-0', 'luks', 'ext4'],
      ['nvme0n1', 'disk', undefined],
      ['nvme0n1p2', 'partition', 'crypto_LUKS'],
    ],
  );
  const partition = blockDevices[2];
  assert.equal(partition?.links, ['disk/by-uuid/3c1f2b9e']);
  assert.equal(partition?.liesOn, ['nvme0n1']);
  assert.is(partition?.partition?.number, 2);
  assert.equal(blockDevices[0]?.mapping, { name: 'root', uuid: 'CRYPT-LUKS2-3c1f2b9e-root' });
  const controller = devices.find(({ name }) => name === '0000:03:00.0');
  assert.is(controller?.driver, 'nvme');
  assert.is(controller?.classCode, '010802');
  assert.is(controller?.vendorId, '144d');
  assert.is(controller?.module, null);
  assert.match(controller?.modalias ?? '', /^pci:v0000144D/);
});

test('the keyboard, the wireless card, the processor, the firmware', () => {
  const facts = readFacts(sourceOf(laptop));
  assert.equal(facts.keyboards, [
    {
      title: 'Logitech USB Keyboard',
      path: '/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/0003:046D:C31C.0001/input/input7',
      isBluetooth: false,
    },
  ]);
  assert.equal(facts.networkInterfaces, [
    { name: 'wlp2s0', kind: 'wireless', device: '/devices/pci0000:00/0000:00:1c.0/0000:02:00.0' },
  ]);
  assert.is(facts.cpu.vendor, 'GenuineIntel');
  assert.is(facts.cpu.virtualisation, 'vmx');
  assert.is(facts.cpu.count, 2);
  assert.is(facts.platform, 'x86_64-linux');
  assert.is(facts.firmware.kind, 'uefi');
  assert.is(facts.devices.find(({ name }) => name === '1-2')?.title, 'USB Keyboard');
});

test('it is told what an export does not tell', () => {
  assert.equal(sourceOf(laptop).silentOn, [
    'which file systems are mounted',
    'which swap is in use',
    'how large disks are',
    'the names of the machine and of its makers',
    'what mappings and arrays lie on',
    'which kernel runs, and with what parameters',
    'which modules the drivers are in',
  ]);
  const { silentOn, tree } = sourceOf('P: /devices/platform/x\n');
  assert.ok(silentOn.includes('what processor it has'));
  assert.ok(silentOn.includes('whether UEFI has started it'));
  assert.is(tree.text('/run/genctl/firmware'), 'unknown\n');
});

test('an export from a Windows mailbox says the same', () => {
  const windows = readFacts(sourceOf(`\ufeff${laptop.replaceAll('\n', '\r\n')}`));
  assert.equal(windows, readFacts(sourceOf(laptop)));
});

test('what umockdev-record writes is read too, and udev’s own L: is no link', () => {
  const { tree } = sourceOf(
    [
      'P: /devices/pci0000:00/0000:00:01.0',
      'E: SUBSYSTEM=pci',
      'L: driver=../../../bus/pci/drivers/ahci',
      'L: 0',
      'A: class=0x010601\\n',
      'A: power/control=on',
      'A: ../../../../etc/passwd=x',
      'L: ../../up=x',
    ].join('\n'),
  );
  const folder = '/sys/bus/pci/devices/0000:00:01.0';
  assert.is(tree.text(`${folder}/class`), '0x010601\n');
  assert.is(tree.text(`${folder}/power/control`), 'on');
  assert.is(tree.realPath(`${folder}/driver`), '/sys/bus/pci/drivers/ahci');
  assert.is(tree.text('/etc/passwd'), undefined);
  assert.equal(tree.names('/sys'), ['bus', 'devices']);
});

test('paths and names that lead elsewhere are no devices', () => {
  const { tree } = sourceOf(
    [
      'P: /devices/../../etc/shadow',
      'E: SUBSYSTEM=pci',
      'P: /devices/a',
      'E: SUBSYSTEM=../../x',
      'P: /devices/b',
      'E: SUBSYSTEM=',
      'P: /devices/c\0d',
      'P: /etc/x',
      'P: /devices/',
      `P: /devices/${'long/'.repeat(1000)}x`,
      'P: /devices/pci/e',
      'E: SUBSYSTEM=pci',
      'E: =x',
      'E: nothing',
    ].join('\n'),
  );
  assert.equal(tree.names('/'), ['run', 'sys']);
  assert.equal(tree.names('/sys'), ['bus', 'devices']);
  assert.equal(tree.names('/sys/devices'), ['a', 'b', 'pci']);
  assert.equal(tree.names('/sys/bus/pci/devices'), ['e']);
});

test('a hundred thousand lines are read in a moment', () => {
  const record = (at: number): string =>
    laptop
      .replaceAll('pci0000:00', `pci${String(at).padStart(4, '0')}:00`)
      .replaceAll('nvme0', `nvme${at}`);
  const text = Array.from({ length: 1300 }, (_, at) => record(at)).join('');
  assert.ok(text.split('\n').length > 100_000);
  const started = performance.now();
  const { tree } = sourceOf(text);
  assert.is(tree.names('/sys/class/nvme').length, 1300);
  assert.ok(performance.now() - started < 120_000);
});

test('junk is no failure but one that is told', () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new SeededRandom(seed);
    const bytes = Buffer.from(laptop);
    for (let flips = 1 + random.below(60); flips > 0; flips--) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
    thrownBy(() => readFacts(sourceOf(bytes.subarray(random.below(200)))));
  }
  readFacts(sourceOf(Buffer.concat([Buffer.from(laptop), Buffer.alloc(4096, 0xff)])));
  const records = 'P: /devices/a\n'.repeat(200_001);
  assert.is(thrownBy(() => sourceOf(records))?.code, 'SOURCE_TOO_LARGE');
});

test.run();
