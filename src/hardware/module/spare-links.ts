import type { Device, Facts } from '../facts/facts.ts';
import type { KernelModules } from '../kernel/kernel-modules.ts';
import { blockLinks } from './block-links.ts';
import type { ChainLink } from './boot-chain.ts';
import { deviceLink } from './device-links.ts';
import { carriers } from './device-modules.ts';
import { Machine } from './machine.ts';

/** A USB device in its own right, not a host: the other end of the same controllers. */
const notHosts = /^0c03fe/;

/** USB interfaces that are mass storage, or keyboards of the boot protocol. */
const usbCarriers = /^(08|03..01)/;

/** Virtio devices that disks or folders are behind: block, SCSI, 9p, a folder of the host. */
const virtioCarriers = /^virtio:d000000(02|08|09|1A)v/i;

/**
 * What nothing lies on at present and might tomorrow: a disk is moved to another controller, a
 * rescue stick is plugged in.
 */
export function spareLinks(facts: Facts, kernel: KernelModules | undefined): readonly ChainLink[] {
  const machine = Machine.of(facts);
  const disks = facts.blockDevices.filter(({ device }) => device !== null);
  const virtio = facts.devices
    .filter(({ modalias }) => virtioCarriers.test(modalias ?? ''))
    .flatMap(({ path }) => machine.chainOf(path));
  const devices = [...facts.devices.filter(isCarrier), ...virtio];
  return [
    ...blockLinks(disks, machine, kernel),
    ...[...new Set(devices)].flatMap(device => deviceLink(device, kernel) ?? []),
  ];
}

function isCarrier({ bus, name, classCode }: Device): boolean {
  if (classCode === null) return false;
  if (bus === 'pci') return carriers.test(classCode) && !notHosts.test(classCode);
  return bus === 'usb' && name.includes(':') && usbCarriers.test(classCode);
}
