import { type Mount, parseMountInfo } from '../../host/mounts.ts';

/** What a server or a program answers for, which may be asleep: it is not waited for. */
const answered = /^(?:fuse|nfs|cifs|smb|ceph|9p|afs|autofs|virtiofs)/;

/**
 * Whether a mount is looked at to see if it is a folder: a bind mount may be of a single file. What
 * is no path in a file system (nsfs) is none.
 */
export function isLookedAt({ rootInside, fileSystem }: Mount): boolean {
  return rootInside.startsWith('/') && rootInside !== '/' && !answered.test(fileSystem);
}

/**
 * The mount points of single files, as the mount table writes them, one a line; undefined where
 * there is nothing to look at.
 *
 * @param table /proc/self/mountinfo, its characters for bytes
 * @param isFile whether a path is there and is no folder
 */
export function listSingleFiles(
  table: string,
  isFile: (path: string) => boolean,
): string | undefined {
  const found = new Set<string>();
  let hasLooked = false;
  for (const line of table.split('\n')) {
    const [mount] = parseMountInfo(line);
    if (mount === undefined || !isLookedAt(mount)) continue;
    hasLooked = true;
    if (isFile(mount.mountPoint)) found.add(line.split(' ')[4] ?? '');
  }
  return hasLooked ? [...found].map(path => `${path}\n`).join('') : undefined;
}
