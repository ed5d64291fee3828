import type { BlockDevice, Device, Keyboard } from '../../../src/hardware/facts/facts.ts';
import type { BootChain } from '../../../src/hardware/module/boot-chain.ts';
import { madeUpDevice, madeUpPci, madeUpScsi } from '../made-up-devices.ts';
import { madeUpBlock } from '../made-up-facts.ts';

export function chainOf(chains: readonly BootChain[], subject: string): BootChain | undefined {
  return chains.find(chain => chain.subject === subject);
}

interface Disk {
  readonly devices: readonly Device[];
  readonly disk: BlockDevice;
}

const nvmePort = '/devices/pci0000:00/0000:00:1d.0';
const nvmePath = `${nvmePort}/0000:01:00.0`;

/** `nvme0n1` behind a root port. */
export const nvme: Disk = {
  devices: [
    madeUpPci(nvmePort, '8086:a0b0', '060400', null),
    madeUpPci(nvmePath, '144d:a808', '010802', 'nvme'),
    madeUpDevice(`${nvmePath}/nvme/nvme0`, { bus: 'nvme' }),
  ],
  disk: madeUpBlock('nvme0n1', { device: `${nvmePath}/nvme/nvme0` }),
};

const ahciPath = '/devices/pci0000:00/0000:00:1f.2';
export const ahci: readonly Device[] = [madeUpPci(ahciPath, '8086:2922', '010601', 'ahci')];

/** A disk at the port of that number of `ahci`. */
export function sataDisk(name: string, port: number): Disk {
  const path = `${ahciPath}/ata${port}/host${port}/target${port}:0:0/${port}:0:0:0`;
  return { devices: [madeUpScsi(path)], disk: madeUpBlock(name, { device: path }) };
}

const usbHost = '/devices/pci0000:00/0000:00:14.0';
const usbPort = `${usbHost}/usb2/2-1`;
const usbInterface = `${usbPort}/2-1:1.0`;
const usbLun = `${usbInterface}/host6/target6:0:0/6:0:0:0`;

/** `sdc` at a controller of Renesas. */
export const usbDisk: Disk = {
  devices: [
    madeUpPci(usbHost, '1912:0014', '0c0330', 'xhci_pci'),
    madeUpDevice(`${usbHost}/usb2`, { bus: 'usb', driver: 'usb', module: 'usbcore' }),
    madeUpDevice(usbPort, { bus: 'usb', driver: 'usb', module: 'usbcore' }),
    madeUpDevice(usbInterface, {
      bus: 'usb',
      vendorId: '0781',
      productId: '5581',
      classCode: '080650',
      driver: 'usb-storage',
      module: 'usb_storage',
      modalias: 'usb:v0781p5581d0100dc00dsc00dp00ic08isc06ip50in00',
    }),
    madeUpScsi(usbLun),
  ],
  disk: madeUpBlock('sdc', { device: usbLun, isRemovable: true }),
};

const lpss = '/devices/pci0000:00/0000:00:15.0';
const i2cHost = `${lpss}/i2c_designware.0`;
const i2cDevice = `${i2cHost}/i2c-1/i2c-ELAN0732:00`;
const i2cHid = `${i2cDevice}/0018:04F3:3282.0001`;

/** As in laptops of Intel: HID over I2C, whose interrupt is a pin. */
export const i2cKeyboard: { readonly devices: readonly Device[]; readonly keyboard: Keyboard } = {
  devices: [
    madeUpPci(lpss, '8086:a0e8', '0c8000', 'intel_lpss_pci'),
    madeUpDevice(i2cHost, {
      bus: 'platform',
      driver: 'i2c_designware',
      module: 'i2c_designware_platform',
      modalias: 'platform:i2c_designware',
    }),
    madeUpDevice(i2cDevice, {
      bus: 'i2c',
      driver: 'i2c_hid_acpi',
      module: 'i2c_hid_acpi',
      modalias: 'acpi:ELAN0732:PNP0C50:',
    }),
    madeUpDevice(i2cHid, {
      bus: 'hid',
      vendorId: '04f3',
      productId: '3282',
      driver: 'hid-generic',
      module: 'hid_generic',
      modalias: 'hid:b0018g0001v000004F3p00003282',
    }),
    madeUpDevice('/devices/platform/INTC1055:00', {
      bus: 'platform',
      driver: 'tigerlake-pinctrl',
      module: 'pinctrl_tigerlake',
      modalias: 'acpi:INTC1055:',
    }),
  ],
  keyboard: {
    title: 'ELAN0732:00 04F3:3282',
    path: `${i2cHid}/input/input7`,
    isBluetooth: false,
  },
};

/** A partition whose uuid says which one it is; of `sda`, `sdb` … also of which disk. */
export function partitionOf(
  disk: BlockDevice,
  number: number,
  told: Partial<BlockDevice> = {},
): BlockDevice {
  const disks = ['sda', 'sdb'].indexOf(disk.name);
  return madeUpBlock(disk.name.startsWith('nvme') ? `${disk.name}p${number}` : disk.name + number, {
    kind: 'partition',
    liesOn: [disk.name],
    partition: {
      number,
      table: 'gpt',
      uuid: disks < 0 ? `part-${number}` : `part-${number}-of-${disks + 1}`,
      name: null,
      type: null,
    },
    ...told,
  });
}

export function luksOn(name: string, title: string, liesOn: readonly string[]): BlockDevice {
  return madeUpBlock(name, {
    kind: 'luks',
    liesOn,
    mapping: { name: title, uuid: `CRYPT-LUKS2-${title}` },
  });
}

export function volumeOn(
  name: string,
  title: string,
  liesOn: readonly string[],
  told: Partial<BlockDevice> = {},
): BlockDevice {
  return madeUpBlock(name, {
    kind: 'lvm',
    liesOn,
    mapping: { name: title, uuid: `LVM-${'b'.repeat(64)}` },
    ...told,
  });
}
