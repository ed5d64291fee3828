import type { JsonFields } from '../../json-fields.ts';
import { idOf, textOf } from './facter-fields.ts';

/** `pci:v00008086d0000A102sv00001734sd0000121Dbc01sc06i01`; Documentation of modalias: file2alias.c. */
const pciAlias =
  /^pci:v0000([0-9A-F]{4})d0000([0-9A-F]{4})sv0000([0-9A-F]{4})sd0000([0-9A-F]{4})bc([0-9A-F]{2})sc([0-9A-F]{2})i([0-9A-F]{2})$/;

/** `usb:v05E3p0610d6060dc09dsc00dp02ic09isc00ip02in00` */
const usbAlias =
  /^usb:v([0-9A-F]{4})p([0-9A-F]{4})d([0-9A-F]{4})dc([0-9A-F]{2})dsc([0-9A-F]{2})dp([0-9A-F]{2})ic([0-9A-F]{2})isc([0-9A-F]{2})ip([0-9A-F]{2})in[0-9A-F]{2}$/;

/** What the kernel's `uevent` says of a device, made again from a report about it. */
export function ueventOf(device: JsonFields, bus: string | null): Map<string, string> {
  const uevent = new Map<string, string>();
  const alias = textOf(device, 'module_alias');
  if (bus === 'pci') addPci(uevent, device, alias ?? '');
  if (bus === 'usb') addUsb(uevent, alias ?? '');
  if (alias !== undefined && alias !== '') uevent.set('MODALIAS', alias);
  return uevent;
}

function addPci(uevent: Map<string, string>, device: JsonFields, alias: string): void {
  const match = pciAlias.exec(alias);
  if (match === null) {
    const ids = [idOf(device, 'vendor'), idOf(device, 'device')];
    const codes = ['base_class', 'sub_class', 'pci_interface'].map(key => idOf(device, key) ?? 0);
    uevent.set('PCI_CLASS', codes.map(code => toHex(code & 0xff, 2)).join(''));
    uevent.set('PCI_ID', ids.map(id => toHex(id ?? 0, 4)).join(':'));
    return;
  }
  const [vendor, product, subVendor, subProduct, ...codes] = match.slice(1);
  uevent.set('PCI_CLASS', codes.join(''));
  uevent.set('PCI_ID', `${vendor}:${product}`);
  uevent.set('PCI_SUBSYS_ID', `${subVendor}:${subProduct}`);
}

function addUsb(uevent: Map<string, string>, alias: string): void {
  const numbers = (usbAlias.exec(alias)?.slice(1) ?? []).map(digits => Number.parseInt(digits, 16));
  if (numbers.length === 0) return;
  uevent.set('DEVTYPE', 'usb_interface');
  uevent.set(
    'PRODUCT',
    numbers
      .slice(0, 3)
      .map(number => number.toString(16))
      .join('/'),
  );
  uevent.set('TYPE', numbers.slice(3, 6).join('/'));
  uevent.set('INTERFACE', numbers.slice(6, 9).join('/'));
}

function toHex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
