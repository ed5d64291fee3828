import * as fs from 'node:fs';

/** One line of /proc/self/mountinfo; proc(5). */
export interface Mount {
  mountPoint: string;
  fileSystem: string;
  source: string;
  /** Which folder of the file system is mounted: `/`, another one of a bind mount or a subvolume. */
  rootInside: string;
  /** `8:1`, as stat(2) gives it for files there (st_dev). */
  number: string;
  /** Options of this mount: `ro`, `nosuid` … */
  options: readonly string[];
  /** Options of the file system itself. */
  superOptions: readonly string[];
}

/**
 * Reads the text of mountinfo, whose characters stand for bytes (`latin1`). Of several mounts at one
 * place the last one is on top. What is no UTF-8 in a name comes as U+FFFD.
 */
export function parseMountInfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const separator = fields.indexOf('-', 6);
    const [number, rootInside, mountPoint, options] = fields.slice(2, 6);
    if (separator < 0 || number === undefined || rootInside === undefined) continue;
    if (mountPoint === undefined || options === undefined) continue;
    mounts.push({
      mountPoint: unescapeOctal(mountPoint),
      rootInside: unescapeOctal(rootInside),
      number,
      options: parseOptions(options),
      fileSystem: unescapeOctal(fields[separator + 1] ?? ''),
      source: unescapeOctal(fields[separator + 2] ?? ''),
      superOptions: parseOptions(fields[separator + 3] ?? ''),
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

/** Whether a mount's file system is what an ESP has. */
export function isFatName(fileSystem: string): boolean {
  return fileSystem === 'vfat' || fileSystem === 'msdos';
}

/** A comma that belongs to an option's value is written in octal digits, so it is split first. */
function parseOptions(field: string): string[] {
  return field.split(',').map(unescapeOctal);
}

/**
 * A field of mountinfo or of /proc/swaps, whose characters stand for bytes: blanks, tabs, line
 * breaks, backslashes and some more are written as a backslash and three octal digits.
 */
export function unescapeOctal(field: string): string {
  // Most fields by far are plain, and mount tables of containers have thousands of them.
  if (/^[\x20-\x5b\x5d-\x7e]*$/.test(field)) return field;
  const bytes = field.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
