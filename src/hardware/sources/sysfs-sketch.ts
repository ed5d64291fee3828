import { deviceList, subsystemFolder } from './kernel-buses.ts';
import { fileEntry, folderEntry, linkEntry, type TreeEntry } from './tree-entry.ts';

/** A device as a report describes it. */
export interface ReportedDevice {
  /** Below /sys, of the device itself: `/devices/pci0000:00/0000:00:1f.2`. */
  readonly path: string;
  readonly subsystem: string | null;
  /** What the kernel's `uevent` says. */
  readonly uevent: ReadonlyMap<string, string>;
}

/** The longest path of a device that anybody has seen has some 300 characters. */
const maxPathLength = 1024;

/** Whether a text is a path that leads nowhere but downwards. */
export function isPlainPath(path: string): boolean {
  return path.length <= maxPathLength && /^(?:\/(?!\.{0,2}(?:\/|$))[^/\0]+)+$/.test(path);
}

/** Whether a text can be the path of a device below /sys. */
export function isDevicePath(path: string): boolean {
  return path.startsWith('/devices/') && isPlainPath(path);
}

/** Whether a text can be a name in /sys. */
export function isSysfsName(name: string): boolean {
  return !name.includes('/') && isPlainPath(`/${name}`);
}

/**
 * The files of a machine as far as a report tells of them: each device gets the folder and the
 * links that the kernel gives it, so that the probes find it where they look.
 */
export class SysfsSketch {
  readonly #entries = new Map<string, TreeEntry>();

  get entries(): ReadonlyMap<string, TreeEntry> {
    return this.#entries;
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  put(path: string, text: string): void {
    this.#entries.set(path, fileEntry(text));
  }

  putFolder(path: string): void {
    this.#entries.set(path, folderEntry);
  }

  putLink(path: string, target: string): void {
    this.#entries.set(path, linkEntry(target));
  }

  /** @param device its path has to be one (isDevicePath) */
  addDevice({ path, subsystem, uevent }: ReportedDevice): void {
    const folder = `/sys${path}`;
    this.put(`${folder}/uevent`, [...uevent].map(([key, value]) => `${key}=${value}\n`).join(''));
    const modalias = uevent.get('MODALIAS');
    if (modalias !== undefined) this.put(`${folder}/modalias`, `${modalias}\n`);
    const number = deviceNumber(uevent);
    if (number !== undefined) this.put(`${folder}/dev`, `${number}\n`);
    const partition = uevent.get('PARTN');
    if (partition !== undefined) this.put(`${folder}/partition`, `${partition}\n`);
    if (subsystem === null || !isSysfsName(subsystem)) return;
    const name = path.slice(path.lastIndexOf('/') + 1);
    this.putFolder(subsystemFolder(subsystem));
    this.putLink(`${folder}/subsystem`, subsystemFolder(subsystem));
    this.putLink(`${deviceList(subsystem)}/${name}`, folder);
  }

  /** Says what drives a device, and which module the driver is in. */
  setDriver(path: string, bus: string, driver: string, module: string | undefined): void {
    if (!isSysfsName(driver)) return;
    const folder = `${subsystemFolder(bus)}/drivers/${driver}`;
    this.putFolder(folder);
    this.putLink(`/sys${path}/driver`, folder);
    if (module === undefined || !isSysfsName(module)) return;
    this.putFolder(`/sys/module/${module}`);
    this.putLink(`${folder}/module`, `/sys/module/${module}`);
  }
}

/** `8:1`; undefined of a device that has no file in /dev. */
export function deviceNumber(uevent: ReadonlyMap<string, string>): string | undefined {
  const number = `${uevent.get('MAJOR')}:${uevent.get('MINOR')}`;
  return /^[0-9]{1,7}:[0-9]{1,7}$/.test(number) ? number : undefined;
}
