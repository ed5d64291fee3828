import { FieldError, JsonFields } from '../../json-fields.ts';
import { busOfPath, pathsUpwards } from './device-path.ts';
import { addBlockDevice, addNetworkInterface } from './facter-class-devices.ts';
import type { FacterDevice } from './facter-device.ts';
import { objectsIn, textOf, textsOf } from './facter-fields.ts';
import { ueventOf } from './facter-uevent.ts';
import { type InputDevice, inputTable, keysOfKeyboard } from './input-table.ts';
import { isDevicePath, isPlainPath, type SysfsSketch } from './sysfs-sketch.ts';

/** Drivers of disks themselves; a report names those of what they hang on along with them. */
const diskDrivers: Readonly<Record<string, string>> = {
  mmcblk: 'mmc_block',
  sd: 'sd_mod',
  sr: 'sr_mod',
};

/**
 * Puts down the devices of a report.
 *
 * @param hardware lists of devices by class
 * @returns how many are left out because the report describes them oddly
 */
export function addDevices(sketch: SysfsSketch, hardware: JsonFields | undefined): number {
  const { devices, oddCount } = readDevices(hardware);
  for (const device of devices) {
    if (!device.place.startsWith('/class/')) addBusDevice(sketch, device);
  }
  let number = 0;
  for (const device of devices) {
    if (device.place.startsWith('/class/block/')) addBlockDevice(sketch, device, number++);
    if (device.place.startsWith('/class/net/')) addNetworkInterface(sketch, device);
  }
  // Only now is it known of which devices the report itself says what drives them.
  for (const device of devices) addDriversOfDisk(sketch, device);
  const keyboards = (hardware === undefined ? [] : listsOf(hardware))
    .filter(([category]) => category === 'keyboard')
    .flatMap(([, item]) => keyboard(item) ?? []);
  if (keyboards.length > 0) sketch.put('/proc/bus/input/devices', inputTable(keyboards));
  return oddCount;
}

function readDevices(hardware: JsonFields | undefined): {
  devices: FacterDevice[];
  oddCount: number;
} {
  const devices: FacterDevice[] = [];
  let oddCount = 0;
  for (const [category, item] of hardware === undefined ? [] : listsOf(hardware)) {
    try {
      const device = readDevice(category, item);
      if (device !== undefined) devices.push(device);
    } catch (thrown) {
      if (!(thrown instanceof FieldError)) throw thrown;
      oddCount += 1;
    }
  }
  return { devices, oddCount };
}

/** All items of all lists; what is no list (`bios`, `system`) is no device. */
function listsOf(hardware: JsonFields): (readonly [category: string, item: unknown])[] {
  return Object.entries(hardware.all).flatMap(([category, list]) =>
    Array.isArray(list) ? list.map((item: unknown) => [category, item] as const) : [],
  );
}

/**
 * @returns undefined of what has no place in /sys: memory, monitors, processors
 * @throws FieldError
 */
function readDevice(category: string, item: unknown): FacterDevice | undefined {
  const fields = new JsonFields(item, category);
  const place = fields.optionalText('sysfs_id');
  if (place === undefined || place === '') return undefined;
  const device = fields.optionalText('sysfs_device_link');
  const canBe = isDevicePath(place) || (place.startsWith('/class/') && isPlainPath(place));
  if (!canBe || (device !== undefined && !isDevicePath(device))) {
    throw new FieldError(`${category}: a path that is none of a device`);
  }
  return { category, fields, place, device };
}

function addBusDevice(sketch: SysfsSketch, { place, fields }: FacterDevice): void {
  if (/\/input[0-9]+$/.test(place)) {
    sketch.addDevice({ path: place, subsystem: 'input', uevent: new Map() });
    return;
  }
  const subsystem = busOfPath(place) ?? busOfAlias(textOf(fields, 'module_alias'));
  const uevent = ueventOf(fields, subsystem);
  const driver = textOf(fields, 'driver');
  if (driver !== undefined && driver !== '') uevent.set('DRIVER', driver);
  sketch.addDevice({ path: place, subsystem, uevent });
  if (subsystem !== null && driver !== undefined) {
    sketch.setDriver(place, subsystem, driver, textOf(fields, 'driver_module'));
  }
}

/** `of:N…` and `acpi:…` are aliases of devices on the platform bus. */
function busOfAlias(alias: string | undefined): string | null {
  const bus = /^([a-z][a-z0-9_]*):/.exec(alias ?? '')?.[1];
  if (bus === undefined) return null;
  return bus === 'of' || bus === 'acpi' ? 'platform' : bus;
}

/**
 * What drives a disk, and what drives that which it hangs on: of a disk of virtio-scsi a report
 * says `sd` and `virtio_scsi`, and of the virtio device nothing.
 */
function addDriversOfDisk(sketch: SysfsSketch, { fields, place, device }: FacterDevice): void {
  if (!place.startsWith('/class/block/') || device === undefined) return;
  const own = textsOf(fields, 'drivers').find(name => Object.hasOwn(diskDrivers, name));
  const modules = textsOf(fields, 'driver_modules');
  const bus = busOfPath(device);
  if (own !== undefined && (bus === 'scsi' || bus === 'mmc')) {
    const module = modules.find(name => name === diskDrivers[own]);
    addDriven(sketch, device, bus, own, module);
  }
  const other = textOf(fields, 'driver');
  if (other === undefined || other === '' || other === own) return;
  const controller = pathsUpwards(device).find(path =>
    ['pci', 'usb', 'virtio'].includes(busOfPath(path) ?? ''),
  );
  const controllerBus = controller === undefined ? null : busOfPath(controller);
  if (controller === undefined || controllerBus === null) return;
  addDriven(sketch, controller, controllerBus, other, textOf(fields, 'driver_module'));
}

/** A device of which nothing is said but its driver. */
function addDriven(
  sketch: SysfsSketch,
  path: string,
  bus: string,
  driver: string,
  module: string | undefined,
): void {
  if (sketch.has(`/sys${path}/uevent`)) return;
  sketch.addDevice({ path, subsystem: bus, uevent: new Map([['DRIVER', driver]]) });
  sketch.setDriver(path, bus, driver, module);
}

/**
 * A report says of a keyboard what it is plugged into; its input device, which is somewhere below,
 * gets a name of our own. Of the keyboard of a PC only its name in /dev says where it is.
 */
function keyboard(item: unknown): InputDevice | undefined {
  const [device] = objectsIn(item);
  if (device === undefined) return undefined;
  const name = textOf(device, 'model') ?? 'keyboard';
  const place = textOf(device, 'sysfs_id');
  if (place !== undefined && isDevicePath(place)) {
    const path = /\/input[0-9]+$/.test(place) ? place : `${place}/input/input0`;
    return { path, name, keys: keysOfKeyboard };
  }
  const port = textsOf(device, 'unix_device_names')
    .map(file => /platform-i8042-serio-([0-9])-event-kbd$/.exec(file)?.[1])
    .find(digit => digit !== undefined);
  if (port === undefined) return undefined;
  const path = `/devices/platform/i8042/serio${port}/input/input0`;
  return { path, name, keys: keysOfKeyboard };
}
