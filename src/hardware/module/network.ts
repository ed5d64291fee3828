import { byBytes } from '../../host/folder.ts';
import type { NetworkInterface } from '../facts/facts.ts';
import { describePlace, plainText } from './describe-block.ts';
import type { Definition, Omission } from './hardware-module.ts';
import type { Machine } from './machine.ts';

export interface NetworkPlan {
  readonly definitions: readonly Definition[];
  readonly omissions: readonly Omission[];
}

/** Names that the kernel hands out in the order in which it meets the adapters. */
const changing = /^(eth|wlan|usb|wwan|ib)\d+$/;

/** Names that udev makes of the hardware's address, which is nobody's business in a committed file. */
const ofAddress = /^(en|ib|sl|wl|ww)x[0-9a-f]{12}$/;

/** Virtual interfaces whose names are made up anew each time. */
const ephemeral = /^(veth|vnet|tap|tun|cali|cilium|lxc|vb-|ve-)/;

/** DHCP for what has a device; what programs make up is named and left out. Pure. */
export function planNetwork(machine: Machine): NetworkPlan {
  const { networkInterfaces } = machine.facts;
  const real = networkInterfaces.filter(
    ({ device, kind }) => device !== null && (kind === 'ethernet' || kind === 'wireless'),
  );
  const virtual = networkInterfaces.filter(({ device, name }) => device === null && name !== 'lo');
  const definition: Definition = {
    kind: 'value',
    option: ['networking', 'useDHCP'],
    value: true,
    isDefault: true,
    because: unique(real.map(each => describeInterface(each, machine))),
    neededToBoot: false,
  };
  return {
    definitions: real.length === 0 ? [] : [definition],
    omissions: unique(virtual.map(({ name }) => subjectOf(name))).map(subject => ({
      subject,
      reason: 'it is virtual: whatever makes it up configures it',
    })),
  };
}

function describeInterface({ name, kind, device }: NetworkInterface, machine: Machine): string {
  const place = describePlace(device, machine);
  const isNameless = changing.test(name) || ofAddress.test(name);
  const named = isNameless ? kind : `${kind} ${plainText(name)}`;
  const usb = machine.isExternal(device) ? ' (USB)' : '';
  return place === undefined ? `${named}${usb}` : `${named}${usb} at ${place}`;
}

function subjectOf(name: string): string {
  const prefix = ephemeral.exec(name)?.[0];
  return prefix === undefined
    ? `network interface ${plainText(name)}`
    : `network interfaces ${prefix}…`;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted(byBytes);
}
