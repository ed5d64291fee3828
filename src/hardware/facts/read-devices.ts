import { byBytes } from '../../host/folder.ts';
import { moduleName } from '../kernel/kernel-modules.ts';
import { type FileTree, line } from '../sources/file-tree.ts';
import type { Device } from './facts.ts';
import { parseAssignments } from './parse-assignments.ts';
import { type ClassDevices, hardwareClasses } from './read-class-devices.ts';
import { readSuppliers } from './read-suppliers.ts';
import { lastName, parentOf, systemPath } from './system-path.ts';

/**
 * Buses of what the kernel counts as devices and nobody plugs in: processors, clocks, work queues,
 * pieces of memory, names that the firmware gives to devices which are on a bus of their own too.
 */
const passedOver: ReadonlySet<string> = new Set([
  'acpi',
  'clockevents',
  'clocksource',
  'container',
  'cpu',
  'edac',
  'event_source',
  'faux',
  'gpio',
  'machinecheck',
  'mdio_bus',
  'memory',
  'memory_tiering',
  'node',
  'nvmem',
  'pnp',
  'serial-base',
  'workqueue',
]);

const classes: ReadonlySet<string> = new Set(hardwareClasses);

/**
 * All devices of the machine's buses, and what they and the devices of the known classes hang on,
 * by path. A disk or a network interface itself is none: it is what a device is used as.
 */
export function readDevices(tree: FileTree, inClasses: ClassDevices): readonly Device[] {
  const modules = new DriverModules(tree);
  const suppliers = readSuppliers(tree);
  const found = new Map<string, Device | null>();
  for (const bus of tree.names('/sys/bus')) {
    if (passedOver.has(bus)) continue;
    for (const name of tree.names(`/sys/bus/${bus}/devices`)) {
      const path = systemPath(tree, `/sys/bus/${bus}/devices/${name}`);
      if (path?.startsWith('/devices/') !== true || found.has(path)) continue;
      found.set(path, readDevice(tree, path, bus, modules));
    }
  }
  const listed = [...found.keys()];
  const inAnyClass = hardwareClasses.flatMap(name => inClasses[name].map(({ path }) => path));
  for (const path of [...listed, ...inAnyClass]) {
    for (let above = parentOf(path); above !== '/devices'; above = parentOf(above)) {
      // What is above something that was met already has been met with it.
      if (above === '' || found.has(above)) break;
      found.set(above, readAncestor(tree, above, modules));
    }
  }
  return [...found.values()]
    .flatMap(device => {
      if (device === null) return [];
      const { path } = device;
      return suppliers.has(path) ? { ...device, suppliers: suppliers.get(path) ?? [] } : device;
    })
    .toSorted((left, right) => byBytes(left.path, right.path));
}

/** Something that devices hang on; null where it is a mere folder, or of no interest by itself. */
function readAncestor(tree: FileTree, path: string, modules: DriverModules): Device | null {
  const subsystem = systemPath(tree, `/sys${path}/subsystem`);
  const bus = subsystem === undefined ? null : lastName(subsystem);
  if (bus !== null && classes.has(bus)) return null;
  const device = readDevice(tree, path, bus, modules);
  if (device === null || device.driver !== null) return device;
  const isNamed = device.modalias !== null || bus !== null;
  return isNamed && !(bus !== null && passedOver.has(bus)) ? device : null;
}

/** Null where nothing is known of it: it has vanished meanwhile. */
function readDevice(
  tree: FileTree,
  path: string,
  bus: string | null,
  modules: DriverModules,
): Device | null {
  const folder = `/sys${path}`;
  const text = tree.text(`${folder}/uevent`);
  const said = text === undefined ? readWithoutEvent(tree, folder) : parseAssignments(text);
  if (said === undefined) return null;
  const driver = said.get('DRIVER') ?? null;
  return {
    path,
    bus,
    name: lastName(path),
    ...readIds(said),
    classCode: readClassCode(said),
    title: readTitle(tree, folder, said),
    driver,
    module: driver === null ? null : modules.of(bus, driver, folder),
    modalias: said.get('MODALIAS') ?? null,
    suppliers: [],
  };
}

/** What `uevent` would say, of sources that have the other files only. */
function readWithoutEvent(tree: FileTree, folder: string): ReadonlyMap<string, string> | undefined {
  const said = new Map<string, string>();
  const modalias = line(tree, `${folder}/modalias`);
  if (modalias !== undefined) said.set('MODALIAS', modalias);
  const driver = systemPath(tree, `${folder}/driver`);
  if (driver !== undefined) said.set('DRIVER', lastName(driver));
  return said.size === 0 ? undefined : said;
}

type Ids = Pick<Device, 'vendorId' | 'productId'>;

/**
 * `PCI_ID=8086:2922`; `PRODUCT=46d/c52b/1211` of USB; `HID_ID=0003:0000046D:0000C52B`, which has the
 * bus in front.
 */
function readIds(said: ReadonlyMap<string, string>): Ids {
  const pci = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(said.get('PCI_ID') ?? '');
  const usb = /^([0-9a-f]{1,4})\/([0-9a-f]{1,4})\//i.exec(said.get('PRODUCT') ?? '');
  const hid = /^[0-9a-f]+:0*([0-9a-f]{1,4}):0*([0-9a-f]{1,4})$/i.exec(said.get('HID_ID') ?? '');
  // Input devices have a PRODUCT too, of four numbers, and no TYPE.
  const match = pci ?? (said.has('TYPE') ? usb : null) ?? hid;
  return { vendorId: fourDigits(match?.[1]), productId: fourDigits(match?.[2]) };
}

function fourDigits(digits: string | undefined): string | null {
  return digits === undefined ? null : digits.toLowerCase().padStart(4, '0');
}

/** `PCI_CLASS=10601` in hexadecimal digits; `INTERFACE=8/6/80` and `TYPE=9/0/1` in decimal ones. */
function readClassCode(said: ReadonlyMap<string, string>): string | null {
  const pci = said.get('PCI_CLASS');
  if (pci !== undefined) {
    return /^[0-9a-f]{1,6}$/i.test(pci) ? pci.toLowerCase().padStart(6, '0') : null;
  }
  const usb = (said.get('INTERFACE') ?? said.get('TYPE') ?? '').split('/').map(Number);
  const isCode = usb.length === 3 && usb.every(isByte);
  return isCode ? usb.map(part => part.toString(16).padStart(2, '0')).join('') : null;
}

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xff;
}

function readTitle(
  tree: FileTree,
  folder: string,
  said: ReadonlyMap<string, string>,
): string | null {
  const title = said.get('HID_NAME') ?? said.get('MMC_NAME');
  if (title !== undefined) return title;
  return said.get('DEVTYPE') === 'usb_device' ? (line(tree, `${folder}/product`) ?? null) : null;
}

/** The modules that drivers are in: each driver of a bus is looked up once, not at each device. */
class DriverModules {
  readonly #tree: FileTree;
  readonly #found = new Map<string, string | null>();

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  of(bus: string | null, driver: string, folder: string): string | null {
    const key = `${bus ?? ''}/${driver}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const path = this.#tree.realPath(`${folder}/driver/module`);
    const module = path === undefined ? null : moduleName(lastName(path));
    this.#found.set(key, module);
    return module;
  }
}
