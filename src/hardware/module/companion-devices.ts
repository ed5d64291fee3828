import type { Device } from '../facts/facts.ts';

/** Of Virtual I/O Device (VIRTIO) 1.2, section 5.13. */
const virtioIommu = /^virtio:d00000017v/;

/** What a machine has that others may need. */
export interface Companions {
  facts: { readonly devices: readonly Device[] };
  /** Those that all others on some bus need, by `servesBus`. */
  serveBuses: readonly Device[];
}

/**
 * What has to be driven for others though they do not hang on it: what the firmware's tables say
 * supplies them (PHYs, clocks, regulators); a virtual IOMMU, without which no PCI device may reach
 * memory; the pins that tell when something on I2C has to say something; what makes the devices
 * behind the controller of a Surface.
 */
export function companionDevices(
  devices: readonly Device[],
  machine: Companions,
): readonly Device[] {
  const buses = new Set(devices.map(({ bus }) => bus));
  const suppliers = new Set(devices.flatMap(device => device.suppliers));
  const candidates = suppliers.size > 0 ? machine.facts.devices : machine.serveBuses;
  return candidates.filter(
    device =>
      suppliers.has(device.path) ||
      (buses.has('pci') && isVirtualIommu(device)) ||
      (buses.has('i2c') && isPinController(device)) ||
      (buses.has('surface_aggregator') && isAggregator(device)),
  );
}

/** Whether a device is needed by all others on some bus. */
export function servesBus(device: Device): boolean {
  return isVirtualIommu(device) || isPinController(device) || isAggregator(device);
}

function isVirtualIommu({ modalias }: Device): boolean {
  return virtioIommu.test(modalias ?? '');
}

function isPinController({ bus, driver, module }: Device): boolean {
  if (bus !== 'platform') return false;
  return module?.startsWith('pinctrl_') === true || /pinctrl|^amd_gpio$/.test(driver ?? '');
}

/** The registry is a platform device, and the hub one of the bus itself; keyboards hang on neither. */
function isAggregator({ driver, module }: Device): boolean {
  return /^surface_aggregator_.*(registry|hub)$/.test(module ?? driver?.replaceAll('-', '_') ?? '');
}
