import { posix } from 'node:path';
import { vendorsFolders } from '../../../activation/units/configuration.ts';
import type { PlacedUnitFiles } from '../../../activation/units/future-unit-files.ts';
import { linkFile, type UnitFile } from '../../../activation/units/unit-files.ts';
import type { Folder } from '../../../host/folder.ts';
import type { Root } from '../../../host/root.ts';
import { holdTheSame, textAt } from './placed-files.ts';

/** Folders of `/usr` that have a second name at the top: `/lib/systemd`. */
const twice = '/usr/lib/systemd/';

/**
 * What an exchange of `/usr` puts where packages have what systemd and its units read, and what it
 * takes away, as it will be seen then: paths of `/usr`, and of `/lib` where systemd looks there too.
 *
 * @param tree the operating-system tree whose `usr` will be mounted, a store path
 */
export function placedUsrFiles(root: Root, tree: string): PlacedUnitFiles {
  const placed = new Map<string, UnitFile>();
  const removed = new Set<string>();
  const compare = (path: string): void => {
    using now = root.folderIfThere(path);
    using future = root.folderIfThere(`${tree}${path}`);
    const names = new Set([...(now?.names() ?? []), ...(future?.names() ?? [])]);
    for (const name of names) {
      const inside = posix.join(path, name);
      const kinds = [now, future].map(folder => folder?.stat(name)?.kind);
      if (kinds.includes('folder')) compare(inside);
      if (isSame(name, now, future)) continue;
      const file = future === undefined ? undefined : fileIn(root, tree, future, inside);
      for (const each of namesOf(inside)) {
        if (file === undefined) removed.add(each);
        else placed.set(each, file);
      }
    }
  };
  for (const folder of vendorsFolders()) compare(folder);
  return { placed, removed };
}

function isSame(name: string, now: Folder | undefined, future: Folder | undefined): boolean {
  const target = now?.readLinkIfThere(name);
  if (target !== undefined) return target === future?.readLinkIfThere(name);
  const kinds = [now, future].map(folder => folder?.stat(name)?.kind);
  return (
    kinds.every(kind => kind === undefined || kind === 'folder') || holdTheSame(name, now, future)
  );
}

function fileIn(root: Root, tree: string, folder: Folder, path: string): UnitFile | undefined {
  const name = posix.basename(path);
  const target = folder.readLinkIfThere(name);
  if (target !== undefined) {
    const end = posix.resolve(posix.dirname(path), target);
    return linkFile(target, () => textAt(root, inTree(tree, end)));
  }
  const text = folder.stat(name)?.kind === 'file' ? textAt(root, `${tree}${path}`) : undefined;
  return text === undefined ? undefined : { kind: 'file', text };
}

/** Where a path is now that will be in another `/usr`. */
export function inTree(tree: string, path: string): string {
  return /^\/(?:usr|bin|sbin|lib\w*)\//.test(path) ? `${tree}${path}` : path;
}

function namesOf(path: string): string[] {
  return path.startsWith(twice) ? [path, path.slice('/usr'.length)] : [path];
}
