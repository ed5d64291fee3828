import type { Driver } from './capture-entries.ts';
import { below, type Part, place } from './machine-builder.ts';

/** A folder of sysfs that belongs to no bus, `pci0000:00`, `ata1`, with what hangs in it. */
export function folder(name: string, ...parts: readonly Part[]): Part {
  return at => {
    at.machine.entries.device(`${at.path}/${name}`, { uevent: [] });
    place(parts, below(at, name, at.idPath === '' ? '' : `${at.idPath}-`));
  };
}

/**
 * A PCI function.
 * @param ids `8086:2922`, or `8086:2922/1AF4:1100` with those of the subsystem
 * @param classCode six digits
 */
export function pci(
  slot: string,
  ids: string,
  classCode: string,
  driver: Driver | null,
  ...parts: readonly Part[]
): Part {
  return at => {
    const [own = '', subsystem = '0000:0000'] = ids.toUpperCase().split('/');
    const [vendor = '', device = ''] = own.split(':');
    const [subVendor = '', subDevice = ''] = subsystem.split(':');
    const byte = (index: number): string => classCode.toUpperCase().slice(index * 2, index * 2 + 2);
    const modalias =
      `pci:v0000${vendor}d0000${device}sv0000${subVendor}sd0000${subDevice}` +
      `bc${byte(0)}sc${byte(1)}i${byte(2)}`;
    // udev names the last of several functions in a row, and those at a bridge that is no PCI device.
    const before = at.idPath.endsWith('-') ? at.idPath : at.idPath.replace(/pci-[^-]*$/, '');
    const here = below(at, slot, `${before}pci-${slot}`);
    at.machine.entries.device(here.path, {
      subsystem: 'bus/pci',
      driver,
      uevent: [
        `PCI_CLASS=${classCode.toUpperCase().replace(/^0+(?=....)/, '')}`,
        `PCI_ID=${own}`,
        `PCI_SUBSYS_ID=${subsystem}`,
        `PCI_SLOT_NAME=${slot}`,
        `MODALIAS=${modalias}`,
      ],
      files: {
        modalias,
        class: `0x${classCode.toLowerCase()}`,
        vendor: `0x${vendor.toLowerCase()}`,
        device: `0x${device.toLowerCase()}`,
        subsystem_vendor: `0x${subVendor.toLowerCase()}`,
        subsystem_device: `0x${subDevice.toLowerCase()}`,
        revision: '0x01',
      },
    });
    place(parts, here);
  };
}

/** A bridge to the bus behind it; the kernel's own driver is part of it nearly everywhere. */
export function bridge(slot: string, ids: string, ...parts: readonly Part[]): Part {
  return pci(slot, ids, '060400', 'pcieport', ...parts);
}

/** A device of the platform bus, made by another driver or by the firmware. */
export function platform(
  name: string,
  driver: Driver | null,
  modalias: string,
  ...parts: readonly Part[]
): Part {
  return onBus('platform', name, driver, modalias, [], parts);
}

/** A device that a device tree describes. */
export function ofPlatform(
  name: string,
  driver: Driver | null,
  node: string,
  compatible: readonly string[],
  ...parts: readonly Part[]
): Part {
  const [nodeName = ''] = (node.split('/').at(-1) ?? '').split('@');
  const modalias = `of:N${nodeName}T(null)${compatible.map(word => `C${word}`).join('')}`;
  return onBus(
    'platform',
    name,
    driver,
    modalias,
    [
      `OF_NAME=${nodeName}`,
      `OF_FULLNAME=${node}`,
      ...compatible.map((word, index) => `OF_COMPATIBLE_${index}=${word}`),
      `OF_COMPATIBLE_N=${compatible.length}`,
    ],
    parts,
    `platform-${name}`,
  );
}

/** A device of any other bus that has nothing but a modalias: i2c, spi, serio, vmbus, xen … */
export function onBus(
  bus: string,
  name: string,
  driver: Driver | null,
  modalias: string,
  uevent: readonly string[],
  parts: readonly Part[],
  idPath?: string,
): Part {
  return at => {
    const here = below(at, name, idPath ?? at.idPath);
    at.machine.entries.device(here.path, {
      subsystem: `bus/${bus}`,
      driver,
      uevent: [...uevent, ...(modalias === '' ? [] : [`MODALIAS=${modalias}`])],
      files: modalias === '' ? {} : { modalias },
    });
    place(parts, here);
  };
}

/** An I²C adapter and its clients. */
export function i2cAdapter(name: string, title: string, ...parts: readonly Part[]): Part {
  return at => {
    const here = below(at, name);
    at.machine.entries.device(here.path, {
      subsystem: 'bus/i2c',
      uevent: [],
      files: { name: title },
    });
    place(parts, here);
  };
}
