import type { Device } from '../../src/hardware/facts/facts.ts';

/** A device of no bus that nothing drives, but for what is told. */
export function madeUpDevice(path: string, told: Partial<Device> = {}): Device {
  return {
    path,
    bus: null,
    name: path.slice(path.lastIndexOf('/') + 1),
    vendorId: null,
    productId: null,
    classCode: null,
    title: null,
    driver: null,
    module: null,
    modalias: null,
    suppliers: [],
    ...told,
  };
}

/**
 * A PCI device as the kernel shows it.
 *
 * @param ids `8086:2922`
 * @param classCode six digits
 * @param module also the driver's name
 */
export function madeUpPci(
  path: string,
  ids: string,
  classCode: string,
  module: string | null,
): Device {
  const [vendorId = '', productId = ''] = ids.split(':');
  const upper = (digits: string): string => digits.toUpperCase();
  return madeUpDevice(path, {
    bus: 'pci',
    vendorId,
    productId,
    classCode,
    driver: module,
    module,
    modalias:
      `pci:v0000${upper(vendorId)}d0000${upper(productId)}sv00000000sd00000000` +
      `bc${upper(classCode.slice(0, 2))}sc${upper(classCode.slice(2, 4))}i${upper(classCode.slice(4))}`,
  });
}

/** A disk of the SCSI layer: SATA, USB, SAS. */
export function madeUpScsi(path: string): Device {
  return madeUpDevice(path, {
    bus: 'scsi',
    driver: 'sd',
    module: 'sd_mod',
    modalias: 'scsi:t-0x00',
  });
}
