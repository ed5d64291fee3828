import type { JsonFields } from '../../json-fields.ts';
import type { FacterDevice } from './facter-device.ts';
import { countOf, idOf, ifSaid, objectsIn, textOf, textsOf } from './facter-fields.ts';
import type { SysfsSketch } from './sysfs-sketch.ts';

/**
 * Newer reports do not say the numbers of devices, which change from boot to boot; these stand in
 * for them, with a major number that no driver has (Documentation/admin-guide/devices.txt ends far
 * below).
 */
const standInMajor = 4094;

/** The kernel counts sizes in these. */
const sectorBytes = 512;

/** ARPHRD_ETHER and ARPHRD_LOOPBACK of if_arp.h, by the report's numbers of sub-classes. */
const interfaceTypes: Readonly<Record<number, number>> = { 0: 772, 1: 1 };

/**
 * Puts down a disk, a drive or a partition.
 *
 * @param index a number that no other block device of this report has
 */
export function addBlockDevice(sketch: SysfsSketch, device: FacterDevice, index: number): void {
  const { fields, place } = device;
  const names = place.slice('/class/block/'.length).split('/');
  const name = names.at(-1) ?? '';
  const isPartition = names.length > 1 || device.category === 'partition';
  const path = isPartition
    ? `${diskPath({ ...device, place: `/class/block/${names[0]}` })}/${name}`
    : diskPath(device);
  const [major, minor] = numberOf(fields) ?? [standInMajor, index];
  const uevent = new Map([
    ['MAJOR', String(major)],
    ['MINOR', String(minor)],
    ['DEVNAME', name],
    ['DEVTYPE', isPartition ? 'partition' : 'disk'],
  ]);
  const partition = /[0-9]+$/.exec(name)?.[0];
  if (isPartition && partition !== undefined) uevent.set('PARTN', partition);
  sketch.addDevice({ path, subsystem: 'block', uevent });
  if (device.device !== undefined && !isPartition) {
    sketch.putLink(`/sys${path}/device`, `/sys${device.device}`);
  }
  if (device.category === 'cdrom') sketch.put(`/sys${path}/removable`, '1\n');
  const sizeBytes = sizeOf(fields);
  if (sizeBytes !== undefined) {
    sketch.put(`/sys${path}/size`, `${Math.floor(sizeBytes / sectorBytes)}\n`);
  }
  sketch.put(`/run/udev/data/b${major}:${minor}`, recordText(fields, name));
}

/** Where the kernel puts a disk: beside its controller on NVMe, in a folder of its class elsewhere. */
function diskPath({ place, device }: FacterDevice): string {
  const name = place.slice(place.lastIndexOf('/') + 1);
  if (device === undefined) return `/devices/virtual/block/${name}`;
  return /\/nvme(?:-subsys)?[0-9]+$/.test(device) ? `${device}/${name}` : `${device}/block/${name}`;
}

/** Of the numbers that older reports have, those of block devices (`b`, 98). */
function numberOf(fields: JsonFields): readonly [number, number] | undefined {
  const number = ifSaid(() => fields.optionalObject('unix_device_number'));
  const [major, minor] = [countOf(number, 'major'), countOf(number, 'minor')];
  if (countOf(number, 'type') !== 98 || major === undefined || minor === undefined) {
    return undefined;
  }
  // Anything larger is no number of a device (MAJOR and MINOR of kdev_t.h).
  return major < 1 << 12 && minor < 1 << 20 && major > 0 ? [major, minor] : undefined;
}

function sizeOf(fields: JsonFields): number | undefined {
  const resources = fields.has('resources') ? objectsIn(fields.all['resources']) : [];
  const size = resources.find(
    resource => textOf(resource, 'type') === 'size' && textOf(resource, 'unit') === 'sectors',
  );
  const [count, each] = [countOf(size, 'value_1'), countOf(size, 'value_2')];
  const bytes = (count ?? 0) * (each ?? 0);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Its names in /dev but for the kernel's, and those that count disks in the order of their coming. */
function recordText(fields: JsonFields, name: string): string {
  return textsOf(fields, 'unix_device_names')
    .filter(file => /^\/dev\/[^\n]+$/.test(file) && file !== `/dev/${name}`)
    .map(file => file.slice('/dev/'.length))
    .filter(file => !file.startsWith('disk/by-diskseq/'))
    .map(file => `S:${file}\n`)
    .join('');
}

/** Puts down a network interface. */
export function addNetworkInterface(
  sketch: SysfsSketch,
  { fields, place, device }: FacterDevice,
): void {
  const name = place.slice(place.lastIndexOf('/') + 1);
  const path = `${device ?? '/devices/virtual'}/net/${name}`;
  sketch.addDevice({ path, subsystem: 'net', uevent: new Map([['INTERFACE', name]]) });
  if (device !== undefined) sketch.putLink(`/sys${path}/device`, `/sys${device}`);
  const type = interfaceTypes[idOf(fields, 'sub_class') ?? -1];
  if (type !== undefined) sketch.put(`/sys${path}/type`, `${type}\n`);
  // A report calls it Ethernet too; its name is what udev and the kernel give to wireless cards.
  if (name.startsWith('wl')) sketch.putFolder(`/sys${path}/wireless`);
}
