import type { Driver } from './capture-entries.ts';
import { below, type Part, place } from './machine-builder.ts';

/** What a whole keyboard says of its keys; a power button's are others. */
const keyboardBits = [
  'PROP=0',
  'EV=120013',
  'KEY=402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe',
  'MSC=10',
  'LED=7',
];
const mouseBits = ['PROP=0', 'EV=17', 'KEY=70000 0 0 0 0', 'REL=903', 'MSC=10'];
const touchpadBits = ['PROP=5', 'EV=1b', 'KEY=e520 10000 0 0 0 0', 'ABS=2e0800000000003', 'MSC=20'];
const powerBits = ['PROP=0', 'EV=3', 'KEY=10000000000000 0'];
const lidBits = ['PROP=0', 'EV=21', 'SW=1'];
const hotkeyBits = ['PROP=0', 'EV=3', 'KEY=3e000b00000000 0 0 0'];
const fewKeysBits = ['PROP=0', 'EV=13', 'KEY=1810000000 0 0 0 e000000000000 0', 'MSC=10'];

export const inputKind = {
  keyboard: { handlers: 'sysrq kbd eventN leds', bits: keyboardBits },
  mouse: { handlers: 'mouse0 eventN', bits: mouseBits },
  touchpad: { handlers: 'mouse0 eventN', bits: touchpadBits },
  /** It has the keyboard's handler too, and one key. */
  powerButton: { handlers: 'kbd eventN', bits: powerBits },
  lid: { handlers: 'eventN', bits: lidBits },
  /** Brightness keys and the like. */
  hotkeys: { handlers: 'rfkill kbd eventN', bits: hotkeyBits },
  /** A headset's or a camera's few keys, with scan codes as keyboards have them. */
  fewKeys: { handlers: 'kbd eventN', bits: fewKeysBits },
} as const;

/** An input device at its parent; `id` as `0003 046D C31C 0110`: bus, vendor, product, version. */
export function input(title: string, kind: keyof typeof inputKind, id: string, phys = ''): Part {
  return at => {
    const [bus = '', vendor = '', product = '', version = ''] = id.toLowerCase().split(' ');
    const number = at.machine.next('input');
    const here = below(at, `input/input${number}`);
    const plain = (hex: string): string => hex.replace(/^0+(?=.)/, '');
    const [b, v, p, e] = id.toUpperCase().split(' ');
    const modalias = `input:b${b}v${v}p${p}e${e}-`;
    at.machine.entries.device(here.path, {
      subsystem: 'class/input',
      uevent: [
        `PRODUCT=${[bus, vendor, product, version].map(plain).join('/')}`,
        `NAME="${title}"`,
        `PHYS="${phys}"`,
        'PROP=0',
        ...inputKind[kind].bits.slice(1),
        `MODALIAS=${modalias}`,
      ],
      files: { name: title, modalias },
    });
    if (!at.path.startsWith('devices/virtual/')) {
      at.machine.entries.link(`sys/${here.path}/device`, `sys/${at.path}`);
    }
    const event = at.machine.listInput(here.path, {
      id: `Bus=${bus} Vendor=${vendor} Product=${product} Version=${version}`,
      name: title,
      phys,
      ...inputKind[kind],
    });
    at.machine.entries.device(`${here.path}/event${event}`, {
      subsystem: 'class/input',
      uevent: ['MAJOR=13', `MINOR=${64 + event}`, `DEVNAME=input/event${event}`],
    });
    at.machine.entries.link(`sys/${here.path}/event${event}/device`, `sys/${here.path}`);
  };
}

/**
 * A HID device on USB, I²C or Bluetooth.
 * @param ids `0003:046D:C31C`
 * @param group of the kernel's (HID_GROUP_*): `0001` generic, `0004` multitouch on Windows 8 …
 */
export function hid(
  ids: string,
  title: string,
  driver: Driver | null,
  group: string,
  ...parts: readonly Part[]
): Part {
  return at => {
    const instance = at.machine.next('hid', 1).toString(16).toUpperCase().padStart(4, '0');
    const here = below(at, `${ids}.${instance}`);
    const [bus = '', vendor = '', product = ''] = ids.split(':');
    const modalias = `hid:b${bus}g${group}v0000${vendor}p0000${product}`;
    at.machine.entries.device(here.path, {
      subsystem: 'bus/hid',
      driver,
      uevent: [
        `HID_ID=${bus}:0000${vendor}:0000${product}`,
        `HID_NAME=${title}`,
        'HID_PHYS=',
        'HID_UNIQ=',
        `MODALIAS=${modalias}`,
      ],
      files: { modalias },
    });
    place(parts, here);
  };
}

/** The keyboard controller of PCs with what hangs on it. */
export function i8042(...parts: readonly Part[]): Part {
  return at => {
    const here = below({ ...at, path: 'devices' }, 'platform/i8042');
    at.machine.entries.device(here.path, {
      subsystem: 'bus/platform',
      driver: 'i8042@i8042',
      uevent: ['MODALIAS=platform:i8042'],
      files: { modalias: 'platform:i8042' },
    });
    place(parts, here);
  };
}

/** The keyboard at a port of the PS/2 kind. */
export function atKeyboard(serio = 0): Part {
  return serioPort(
    serio,
    'atkbd@atkbd',
    'serio:ty06pr00id00ex00',
    input(
      'AT Translated Set 2 keyboard',
      'keyboard',
      '0011 0001 0001 AB41',
      'isa0060/serio0/input0',
    ),
  );
}

export function serioPort(
  serio: number,
  driver: Driver | null,
  modalias: string,
  ...parts: readonly Part[]
): Part {
  return at => {
    const here = below(at, `serio${serio}`);
    const [, ty = '', pr = '', id = '', ex = ''] = /ty(..)pr(..)id(..)ex(..)/.exec(modalias) ?? [];
    at.machine.entries.device(here.path, {
      subsystem: 'bus/serio',
      driver,
      uevent: [
        `SERIO_TYPE=${ty}`,
        `SERIO_PROTO=${pr}`,
        `SERIO_ID=${id}`,
        `SERIO_EXTRA=${ex}`,
        `MODALIAS=${modalias}`,
      ],
      files: { modalias },
    });
    place(parts, here);
  };
}

/** The firmware's power button, as every PC has it. */
export function powerButton(): Part {
  return at => {
    const path = 'devices/LNXSYSTM:00/LNXPWRBN:00';
    at.machine.entries.device(path, {
      subsystem: 'bus/acpi',
      driver: 'button@button',
      uevent: ['MODALIAS=acpi:LNXPWRBN:'],
      files: { modalias: 'acpi:LNXPWRBN:' },
    });
    const here = { machine: at.machine, path, idPath: '' };
    input('Power Button', 'powerButton', '0019 0000 0001 0000', 'LNXPWRBN/button/input0')(here);
  };
}
