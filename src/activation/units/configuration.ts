import type { Provision } from '../../transaction/step.ts';
import { textAt, type UnitFiles } from './unit-files.ts';

/** A unit of systemd that reads files of `/etc`. */
interface Reader {
  unit: string;
  /** What it takes that it reads them again. */
  act: 'reload' | 'restart';
  /** Files, and folders whose files are read. */
  paths: readonly string[];
}

export const readers: readonly Reader[] = [
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

/** What has to be made of files that are new or others now; what one that goes has declared stays. */
export function provisionsFor(old: UnitFiles, future: UnitFiles): Provision[] {
  return providers.flatMap(({ program, folder }) => {
    const files = future
      .names(folder)
      .filter(name => name.endsWith('.conf'))
      .map(name => `${folder}/${name}`)
      .filter(path => {
        const text = textAt(future, path);
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
