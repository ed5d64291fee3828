import { posix } from 'node:path';
import type { Provision } from '../../transaction/step.ts';
import { etcPresetFolder, etcUnitFolder, textAt, type UnitFiles } from './unit-files.ts';

/** A unit that reads files of `/etc`, and of the vendor's counterpart of it. */
interface Reader {
  unit: string;
  /** What it takes that it reads them again. */
  act: 'reload' | 'restart';
  /** Files, and folders whose files are read. */
  paths: readonly string[];
  /** Folders that only packages bring files to. */
  brought?: readonly string[];
}

export const readers: readonly Reader[] = [
  {
    unit: 'dbus.service',
    act: 'reload',
    paths: [],
    // It watches them by itself, but not what is mounted in their place.
    brought: ['/usr/share/dbus-1/system.d', '/usr/share/dbus-1/system-services'],
  },
  { unit: 'systemd-binfmt.service', act: 'restart', paths: ['/etc/binfmt.d'] },
  { unit: 'systemd-journald.service', act: 'restart', paths: withFolder('journald.conf') },
  { unit: 'systemd-logind.service', act: 'restart', paths: withFolder('logind.conf') },
  {
    unit: 'systemd-modules-load.service',
    act: 'restart',
    paths: ['/etc/modules', '/etc/modules-load.d'],
  },
  { unit: 'systemd-networkd.service', act: 'reload', paths: ['/etc/systemd/network'] },
  { unit: 'systemd-networkd.service', act: 'restart', paths: withFolder('networkd.conf') },
  { unit: 'systemd-resolved.service', act: 'restart', paths: withFolder('resolved.conf') },
  { unit: 'systemd-sysctl.service', act: 'restart', paths: ['/etc/sysctl.conf', '/etc/sysctl.d'] },
  { unit: 'systemd-timesyncd.service', act: 'restart', paths: withFolder('timesyncd.conf') },
  { unit: 'systemd-udevd.service', act: 'reload', paths: ['/etc/udev/rules.d'] },
  { unit: 'systemd-udevd.service', act: 'restart', paths: ['/etc/udev/udev.conf'] },
];

/** Programs that make what files of a folder declare, as a boot does, before other units start. */
const providers: readonly { program: Provision['program']; folder: string }[] = [
  { program: 'systemd-sysusers', folder: '/etc/sysusers.d' },
  { program: 'systemd-tmpfiles', folder: '/etc/tmpfiles.d' },
];

/** systemd makes units of it as it reads its files. */
export const mountTable = '/etc/fstab';

const paths = [
  '/etc/systemd',
  mountTable,
  ...readers.flatMap(reader => reader.paths),
  ...providers.map(({ folder }) => folder),
];

/** Where packages bring what `/etc` has a place for: `/usr/lib/sysctl.d` for `/etc/sysctl.d`. */
export function vendorsPath(path: string): string {
  return path.replace(/^\/etc\//, '/usr/lib/');
}

/** All folders of `/usr` that hold such files, unit files and presets included. */
export function vendorsFolders(): readonly string[] {
  const paths = [...readers.flatMap(by => by.paths), ...providers.map(({ folder }) => folder)];
  // All others are single files, which packages do not bring.
  const folders = paths.filter(path => path.endsWith('.d') || path === '/etc/systemd/network');
  const counterparts = [etcUnitFolder, etcPresetFolder, ...folders].map(vendorsPath);
  return [...new Set([...counterparts, ...readers.flatMap(({ brought = [] }) => brought)])];
}

/**
 * What has to be made of files that are new or others now; what one that goes has declared stays.
 *
 * @param vendors paths of `/usr` that differ
 */
export function provisionsFor(
  old: UnitFiles,
  future: UnitFiles,
  vendors: ReadonlySet<string>,
): Provision[] {
  return providers.flatMap(({ program, folder }) => {
    const own = future.names(folder).map(name => `${folder}/${name}`);
    const below = vendorsPath(folder);
    // One of `/etc` takes the place of the vendor's with its name.
    const others = [...vendors]
      .filter(path => posix.dirname(path) === below)
      .filter(path => future.at(`${folder}/${posix.basename(path)}`) === undefined)
      .toSorted();
    // First what says the numbers of accounts: the vendor's files would let some be given.
    const files = [...own, ...others].filter(path => {
      const text = path.endsWith('.conf') ? textAt(future, path) : undefined;
      return text !== undefined && text !== textAt(old, path);
    });
    return files.length === 0 ? [] : [{ program, files }];
  });
}

/** Whether a path is that of a file that systemd and its units read. */
export function isConfiguration(path: string): boolean {
  return paths.some(known => path === known || path.startsWith(`${known}/`));
}

function withFolder(name: string): string[] {
  return [`/etc/systemd/${name}`, `/etc/systemd/${name}.d`];
}
