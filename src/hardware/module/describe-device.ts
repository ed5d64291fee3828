import type { BlockDevice, Device } from '../facts/facts.ts';
import type { ChainModule } from './boot-chain.ts';
import { plainText } from './describe-block.ts';

/** Buses that count their devices, or whose names hold the number of the bus. */
const counted: ReadonlyMap<string, string> = new Map([
  ['hid', 'HID'],
  ['i2c', 'I2C'],
  ['mmc', 'SD or MMC'],
  ['nvme', 'NVMe'],
  ['scsi', 'SCSI'],
  ['serio', 'PS/2'],
  ['usb', 'USB'],
]);

const disks: ReadonlyMap<string, string> = new Map([
  ['mmc', 'memory card'],
  ['nvme', 'NVMe disk'],
  ['scsi', 'SCSI disk'],
  ['virtio', 'virtio disk'],
  ['xen', 'Xen disk'],
]);

/**
 * A device by what stays from boot to boot: `ahci: 0000:00:1f.2 8086:2922`, `usb_storage: USB
 * 0781:5581`.
 */
export function describeDevice(device: Device, modules: readonly ChainModule[]): string {
  return withDriver(device, modules, [nameOf(device), idsOf(device)].filter(Boolean).join(' '));
}

/** A disk, and the device that it is where there is one: `sd_mod: SCSI disk`. */
export function describeDisk(
  disk: BlockDevice,
  device: Device | undefined,
  modules: readonly ChainModule[],
): string {
  const kind = disk.kind === 'optical' ? 'optical drive' : (disks.get(device?.bus ?? '') ?? 'disk');
  return device === undefined ? kind : withDriver(device, modules, kind);
}

function withDriver(device: Device, modules: readonly ChainModule[], text: string): string {
  const present = modules.find(({ inKernel }) => inKernel !== 'missing') ?? modules[0];
  const driver = present?.name ?? device.driver;
  return plainText(driver === null ? text : `${driver}: ${text}`);
}

function nameOf({ bus, name }: Device): string {
  if (bus === null) return 'device';
  // What the firmware names (`i2c-ELAN0732:00`) keeps its name; `0-0015` has the bus's number.
  if (bus === 'i2c' && /^i2c-[^-]/.test(name)) return name;
  const counting = counted.get(bus);
  if (counting !== undefined) return counting;
  if (bus === 'virtio' || bus === 'xen') return `${bus} device`;
  // Platform devices are counted behind a point: `dw-apb-uart.3`, `xhci-hcd.0.auto`.
  return bus === 'platform' ? name.replace(/\.\d+(\.auto)?$/, '') : name;
}

function idsOf({ vendorId, productId }: Device): string {
  return vendorId === null || productId === null ? '' : `${vendorId}:${productId}`;
}
