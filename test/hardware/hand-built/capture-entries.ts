import { posix } from 'node:path';
import { type Entry, packCapture } from './capture-tar.ts';

/** What a device of the kernel's driver model shows of itself in its folder. */
export interface DeviceFolder {
  /** `bus/pci`, `class/net`: where its link stands, and what its `subsystem` leads to. */
  readonly subsystem?: string | undefined;
  readonly driver?: Driver | null | undefined;
  readonly uevent: readonly string[];
  /** Attribute files: each gets a newline, as sysfs writes them. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

/** A driver as `NAME@MODULE`, or `NAME` alone where it is part of the kernel: `xhci_hcd@xhci_pci`. */
export type Driver = string;

/** Classes whose lists of devices a capture takes. */
const listedClasses: ReadonlySet<string> = new Set(
  ['block', 'net', 'drm', 'input', 'tpm', 'mmc_host', 'nvme', 'scsi_host', 'bluetooth'].map(
    name => `class/${name}`,
  ),
);

/** The files of a capture, by their paths without a leading slash. */
export class CaptureEntries {
  readonly #entries = new Map<string, Entry>();

  file(path: string, content: string | Buffer): void {
    this.#entries.set(path, { kind: 'file', bytes: Buffer.from(content) });
  }

  folder(path: string): void {
    this.#entries.set(path, { kind: 'folder' });
  }

  /** A link as sysfs makes it: relative, from the folder it stands in. */
  link(path: string, leadsTo: string): void {
    this.#entries.set(path, { kind: 'link', target: posix.relative(posix.dirname(path), leadsTo) });
  }

  /** @param path below /sys, without a leading slash: `devices/pci0000:00/0000:00:1f.2` */
  device(path: string, device: DeviceFolder): void {
    const at = `sys/${path}`;
    const [driver, module] = (device.driver ?? '').split('@');
    this.file(`${at}/uevent`, withDriver(device.uevent, driver).join(''));
    for (const [name, value] of Object.entries(device.files ?? {})) {
      this.file(`${at}/${name}`, `${value}\n`);
    }
    if (device.subsystem === undefined) return;
    this.link(`${at}/subsystem`, `sys/${device.subsystem}`);
    const isBus = device.subsystem.startsWith('bus/');
    const list = isBus ? `sys/${device.subsystem}/devices` : `sys/${device.subsystem}`;
    if (isBus || listedClasses.has(device.subsystem)) {
      this.link(`${list}/${posix.basename(path)}`, at);
    }
    if (driver === undefined || driver === '') return;
    const driverFolder = `sys/${device.subsystem}/drivers/${driver}`;
    this.link(`${at}/driver`, driverFolder);
    if (module !== undefined) this.link(`${driverFolder}/module`, `sys/module/${module}`);
  }

  /** Takes away what a capture lacks: each entry below one of these places, and the place itself. */
  remove(prefix: string): void {
    for (const path of this.#entries.keys()) {
      if (path === prefix || path.startsWith(`${prefix}/`)) this.#entries.delete(path);
    }
  }

  get paths(): readonly string[] {
    return [...this.#entries.keys()];
  }

  pack(): Buffer {
    return packCapture(this.#entries);
  }
}

/** The kernel's order (dev_uevent): numbers and name, type, driver, then what the bus adds. */
function withDriver(uevent: readonly string[], driver: string | undefined): string[] {
  const first = uevent.findIndex(line => !/^(?:MAJOR|MINOR|DEVNAME|DEVMODE|DEVTYPE)=/.test(line));
  const at = first === -1 ? uevent.length : first;
  const added = driver === undefined || driver === '' ? [] : [`DRIVER=${driver}`];
  return [...uevent.slice(0, at), ...added, ...uevent.slice(at)].map(line => `${line}\n`);
}
