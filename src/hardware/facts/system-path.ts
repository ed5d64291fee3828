import type { FileTree } from '../sources/file-tree.ts';

/** Where a link of /sys leads, below /sys; undefined where it leads nowhere, or out of /sys. */
export function systemPath(tree: FileTree, link: string): string | undefined {
  const path = tree.realPath(link);
  return path?.startsWith('/sys/') === true ? path.slice('/sys'.length) : undefined;
}

/** The last name of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folder that a path is in; '' above the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/**
 * The nearest of some devices that a device hangs on, itself not counted; null where there is none.
 *
 * @param path below /sys
 */
export function nearestAbove(path: string, devices: ReadonlySet<string>): string | null {
  for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
    if (devices.has(above)) return above;
  }
  return null;
}
