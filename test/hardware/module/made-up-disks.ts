import type {
  BlockDevice,
  ContentFacts,
  Device,
  MountedFileSystem,
} from '../../../src/hardware/facts/facts.ts';
import { madeUpBlock, madeUpMount } from '../made-up-facts.ts';

/** An NVMe controller with its one disk's place in the PCI tree. */
export const nvme: Device = device('/devices/pci0000:00/0000:01:00.0', 'pci', 'nvme');
export const ahci: Device = device('/devices/pci0000:00/0000:00:17.0', 'pci', 'ahci');
export const xhci: Device = device('/devices/pci0000:00/0000:00:14.0', 'pci', 'xhci_hcd');
export const stick: Device = device(`${xhci.path}/usb2/2-1/2-1:1.0`, 'usb', 'usb-storage');
export const allDevices: readonly Device[] = [nvme, ahci, xhci, stick];

export function device(path: string, bus: string, driver: string | null = null): Device {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const nothing = { vendorId: null, productId: null, classCode: null, title: null };
  return { path, bus, name, ...nothing, driver, module: driver, modalias: null, suppliers: [] };
}

export function content(type: string, uuid: string | null, label: string | null = null) {
  return { type, uuid, memberUuid: null, label } satisfies ContentFacts;
}

export function disk(name: string, at: Device = nvme, told: Partial<BlockDevice> = {}) {
  return madeUpBlock(name, { device: `${at.path}/x`, ...told });
}

export function partition(
  name: string,
  of: string,
  number: number,
  holds: ContentFacts | null,
  told: Partial<BlockDevice> = {},
) {
  return madeUpBlock(name, {
    kind: 'partition',
    liesOn: [of],
    content: holds,
    partition: { number, table: 'gpt', uuid: `part-${name}`, name: null, type: null },
    ...told,
  });
}

export function mapping(
  kind: BlockDevice['kind'],
  name: string,
  called: string,
  liesOn: readonly string[],
  holds: ContentFacts | null,
) {
  return madeUpBlock(name, {
    kind,
    liesOn,
    content: holds,
    mapping: { name: called, uuid: null },
  });
}

/** A mount of a file system on block devices of these kernel names. */
export function on(
  blockDevices: readonly string[],
  place: string,
  type: string,
  told: Partial<MountedFileSystem> = {},
): MountedFileSystem {
  return madeUpMount(place, {
    type,
    blockDevices,
    number: `n:${blockDevices.join()}`,
    source: `/dev/${blockDevices[0]}`,
    ...told,
  });
}

export function btrfs(
  blockDevices: readonly string[],
  place: string,
  subvolume: string,
  superOptions: readonly string[] = [],
): MountedFileSystem {
  return on(blockDevices, place, 'btrfs', {
    rootInside: subvolume,
    superOptions: ['rw', ...superOptions, 'ssd', 'subvolid=256', `subvol=${subvolume}`],
  });
}

/** A file system that is on no block device. */
export function without(
  place: string,
  type: string,
  source: string,
  told: Partial<MountedFileSystem> = {},
): MountedFileSystem {
  return madeUpMount(place, { type, source, number: `0:${place}`, ...told });
}
