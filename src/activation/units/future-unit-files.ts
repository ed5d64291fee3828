import { posix } from 'node:path';
import type { UnitFile, UnitFiles } from './unit-files.ts';

/** What an activation does to the files of `/etc` that systemd reads, by their absolute paths. */
export interface PlacedUnitFiles {
  /** What will be at each path that something else is put at. */
  placed: ReadonlyMap<string, UnitFile>;
  /** What will be gone. */
  removed: ReadonlySet<string>;
}

/** The unit files that will be seen when `/etc` has changed. Pure. */
export function overlayUnitFiles(live: UnitFiles, etc: PlacedUnitFiles): UnitFiles {
  const added = namesByFolder([...etc.placed.keys()]);
  const lessened = new Set([...etc.removed].flatMap(foldersAbove));
  const isThere = (path: string): boolean =>
    etc.placed.has(path) ||
    added.has(path) ||
    (!etc.removed.has(path) && (!lessened.has(path) || names(path).length > 0));
  const names = (folder: string): readonly string[] => {
    const known = live.names(folder);
    const more = added.get(folder);
    if (more === undefined && !lessened.has(folder)) return known;
    return [...new Set([...known, ...(more ?? [])])]
      .filter(name => isThere(`${folder}/${name}`))
      .toSorted();
  };
  return {
    names,
    at: path => {
      const placed = etc.placed.get(path);
      if (placed !== undefined) return placed;
      return etc.removed.has(path) || added.has(path) ? undefined : live.at(path);
    },
  };
}

/** What is placed in each folder, folders included. */
function namesByFolder(paths: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const path of paths) {
    for (const inside of [path, ...foldersAbove(path)]) {
      const folder = posix.dirname(inside);
      const known = names.get(folder) ?? new Set();
      names.set(folder, known.add(posix.basename(inside)));
    }
  }
  return names;
}

function foldersAbove(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '/' || folder === '.' ? [] : [folder, ...foldersAbove(folder)];
}
