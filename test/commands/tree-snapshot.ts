import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** What is at each path below a folder: kind, mode and content, or where a link leads. */
export type Snapshot = ReadonlyMap<string, string>;

export interface SnapshotOptions {
  /** Inodes and times of modification too: what shows a file that was written as it was. */
  withTimes?: boolean;
  /** Paths that are left out, with all below them. */
  leaveOut?: readonly string[];
}

/** Looks at everything below a folder. Paths start with a slash and are the folder's own. */
export function snapshotOf(folder: string, options: SnapshotOptions = {}): Snapshot {
  const found = new Map<string, string>();
  const leaveOut = new Set(options.leaveOut);
  const visit = (inner: string): void => {
    for (const name of fs.readdirSync(`${folder}${inner}`).toSorted()) {
      const place = `${inner}/${name}`;
      if (leaveOut.has(place)) continue;
      const stat = fs.lstatSync(path.join(folder, place));
      const times = options.withTimes === true ? ` inode ${stat.ino} at ${stat.mtimeMs}` : '';
      found.set(place, `${describe(path.join(folder, place), stat)}${times}`);
      if (stat.isDirectory()) visit(place);
    }
  };
  visit('');
  return found;
}

/** What differs, one line a path: `+` appeared, `-` went, `~` changed. */
export function changesBetween(before: Snapshot, after: Snapshot): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return paths.flatMap(place => {
    const [old, young] = [before.get(place), after.get(place)];
    if (old === young) return [];
    return [`${old === undefined ? '+' : young === undefined ? '-' : '~'} ${place}`];
  });
}

function describe(place: string, stat: fs.Stats): string {
  const mode = (stat.mode & 0o7777).toString(8);
  if (stat.isSymbolicLink()) return `link to ${fs.readlinkSync(place)}`;
  if (stat.isDirectory()) return `folder ${mode}`;
  if (!stat.isFile()) return `special ${mode}`;
  const sum = createHash('sha256').update(fs.readFileSync(place)).digest('hex');
  return `file ${mode} ${stat.size} ${sum}`;
}
