import type { Device, Facts } from '../facts/facts.ts';

/** Of Virtual I/O Device (VIRTIO) 1.2, section 5.13. */
const virtioIommu = /^virtio:d00000017v/;

/**
 * What has to be driven for others though they do not hang on it: a virtual IOMMU, without which
 * no PCI device may reach memory, and the pins that tell when something on I2C has to say something.
 */
export function companionDevices(devices: readonly Device[], facts: Facts): readonly Device[] {
  const buses = new Set(devices.map(({ bus }) => bus));
  return facts.devices.filter(
    device =>
      (buses.has('pci') && virtioIommu.test(device.modalias ?? '')) ||
      (buses.has('i2c') && isPinController(device)),
  );
}

function isPinController({ bus, driver, module }: Device): boolean {
  if (bus !== 'platform') return false;
  return module?.startsWith('pinctrl_') === true || /pinctrl|^amd_gpio$/.test(driver ?? '');
}
