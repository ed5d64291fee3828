import type { Driver } from './capture-entries.ts';
import { below, type Part, type Place, place } from './machine-builder.ts';

/** A USB device, whose interfaces repeat what it is. */
interface UsbPlace extends Place {
  readonly usb: { readonly name: string; readonly ids: string; readonly deviceClass: string };
}

/** What hangs on a USB device: its interfaces, and the devices in a hub's ports. */
export type UsbPart = (at: UsbPlace) => void;

interface UsbWords {
  /** `09/00/03`; interfaces say it themselves where it is left out. */
  readonly class?: string;
  readonly product?: string;
  readonly manufacturer?: string;
}

/** A controller's root hub, and the devices in its ports. */
export function usbHost(bus: number, generation: 2 | 3, ...parts: readonly UsbPart[]): Part {
  return at => {
    const words = {
      class: `09/00/0${generation === 3 ? '3' : '1'}`,
      product: 'xHCI Host Controller',
    };
    addDevice(at, `usb${bus}`, bus, `1d6b:000${generation}`, words, [hubInterface, ...parts]);
  };
}

/** @param name `1-4`, `1-4.2` for one behind a hub */
export function usbDevice(
  name: string,
  ids: string,
  words: UsbWords,
  ...parts: readonly UsbPart[]
): Part {
  return at => addDevice(at, name, Number(name.split('-')[0]), ids, words, parts);
}

/** A hub, its interface, and what is in its ports. */
export function usbHub(
  name: string,
  ids: string,
  product: string,
  ...parts: readonly Part[]
): Part {
  return usbDevice(name, ids, { class: '09/00/01', product }, hubInterface, ...parts);
}

/**
 * An interface.
 * @param name `1.0`: configuration and interface
 * @param interfaceClass `03/01/01`
 */
export function usbInterface(
  name: string,
  interfaceClass: string,
  driver: Driver | null,
  ...parts: readonly Part[]
): UsbPart {
  return at => {
    const { usb } = at;
    // A root hub's interfaces are named after its bus and port 0: `1-0:1.0`.
    const device = usb.name.startsWith('usb') ? `${usb.name.slice(3)}-0` : usb.name;
    const [vendor = '', product = ''] = usb.ids.split(':');
    const [ic = '', isc = '', ip = ''] = interfaceClass.toUpperCase().split('/');
    const [dc = '', dsc = '', dp = ''] = usb.deviceClass.toUpperCase().split('/');
    const number = Number(name.split('.')[1]).toString(16).toUpperCase().padStart(2, '0');
    const modalias =
      `usb:v${vendor.toUpperCase()}p${product.toUpperCase()}d0100` +
      `dc${dc}dsc${dsc}dp${dp}ic${ic}isc${isc}ip${ip}in${number}`;
    const here = below(at, `${device}:${name}`, `${at.idPath}:${name}`);
    at.machine.entries.device(here.path, {
      subsystem: 'bus/usb',
      driver,
      uevent: [
        'DEVTYPE=usb_interface',
        `PRODUCT=${short(vendor)}/${short(product)}/100`,
        `TYPE=${decimals(usb.deviceClass)}`,
        `INTERFACE=${decimals(interfaceClass)}`,
        `MODALIAS=${modalias}`,
      ],
      files: {
        modalias,
        bInterfaceClass: ic.toLowerCase(),
        bInterfaceSubClass: isc.toLowerCase(),
        bInterfaceProtocol: ip.toLowerCase(),
      },
    });
    place(parts, here);
  };
}

const hubInterface = usbInterface('1.0', '09/00/00', 'hub@usbcore');

function addDevice(
  at: Place,
  name: string,
  bus: number,
  ids: string,
  words: UsbWords,
  parts: readonly UsbPart[],
): void {
  const [vendor = '', product = ''] = ids.toLowerCase().split(':');
  const deviceClass = words.class ?? '00/00/00';
  const number = at.machine.next(`usb${bus}`, 1);
  const port = name.split('-')[1];
  const idPath =
    port === undefined ? at.idPath : `${at.idPath.replace(/-usb-0:.*$/, '')}-usb-0:${port}`;
  const here = below(at, name, idPath);
  at.machine.entries.device(here.path, {
    subsystem: 'bus/usb',
    driver: 'usb@usbcore',
    uevent: [
      'MAJOR=189',
      `MINOR=${(bus - 1) * 128 + number - 1}`,
      `DEVNAME=bus/usb/${threeDigits(bus)}/${threeDigits(number)}`,
      'DEVTYPE=usb_device',
      `PRODUCT=${short(vendor)}/${short(product)}/100`,
      `TYPE=${decimals(deviceClass)}`,
      `BUSNUM=${threeDigits(bus)}`,
      `DEVNUM=${threeDigits(number)}`,
    ],
    files: {
      bDeviceClass: deviceClass.slice(0, 2),
      idVendor: vendor,
      idProduct: product,
      ...(words.manufacturer === undefined ? {} : { manufacturer: words.manufacturer }),
      ...(words.product === undefined ? {} : { product: words.product }),
    },
  });
  const usb = { name, ids: `${vendor}:${product}`, deviceClass };
  for (const part of parts) part({ ...here, usb });
}

function short(hex: string): string {
  return hex.replace(/^0+(?=.)/, '');
}

function threeDigits(number: number): string {
  return String(number).padStart(3, '0');
}

function decimals(triple: string): string {
  return triple
    .split('/')
    .map(byte => String(Number.parseInt(byte, 16)))
    .join('/');
}
