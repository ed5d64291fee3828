import * as fs from 'node:fs';
import type { FileSystemSpace } from './folder.ts';

/** One line of /proc/self/mountinfo; proc(5). */
export interface Mount {
  mountPoint: string;
  fileSystem: string;
  source: string;
  /** Options of this mount: `ro`, `nosuid` … */
  options: readonly string[];
  /** Options of the file system itself. */
  superOptions: readonly string[];
}

/** Reads the text of mountinfo. Of several mounts at one place the last one is on top. */
export function parseMountInfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const separator = fields.indexOf('-', 6);
    const [mountPoint, options] = [fields[4], fields[5]];
    if (separator < 0 || mountPoint === undefined || options === undefined) continue;
    mounts.push({
      mountPoint: unescapeOctal(mountPoint),
      options: options.split(','),
      fileSystem: fields[separator + 1] ?? '',
      source: unescapeOctal(fields[separator + 2] ?? ''),
      superOptions: (fields[separator + 3] ?? '').split(','),
    });
  }
  return mounts;
}

/** The mounts that this process sees, in the order they were made. */
export function readMounts(): Mount[] {
  return parseMountInfo(fs.readFileSync('/proc/self/mountinfo', 'latin1'));
}

/** What is mounted at exactly this path of the host, topmost. */
export function mountAt(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts.findLast(mount => mount.mountPoint === path);
}

/** What is mounted at this path of the host and below it. */
export function mountsWithin(mounts: readonly Mount[], path: string): Mount[] {
  return mounts.filter(({ mountPoint }) => `${mountPoint}/`.startsWith(`${path}/`));
}

/** statfs(2)'s number for FAT (MSDOS_SUPER_MAGIC). */
const fatMagic = 0x4d44;

/** Whether a mount's file system is what an ESP has. */
export function isFatName(fileSystem: string): boolean {
  return fileSystem === 'vfat' || fileSystem === 'msdos';
}

export function isFat(space: FileSystemSpace): boolean {
  return space.typeMagic === fatMagic;
}

/** Blanks, tabs, line breaks and backslashes are written as three octal digits. */
function unescapeOctal(field: string): string {
  const bytes = field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
