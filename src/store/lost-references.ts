import type { Finding } from '../errors.ts';
import { missing } from './damage.ts';
import type { LocalFolders } from './local-folders.ts';
import type { StorePath } from './store-path.ts';

/**
 * What valid paths refer to and the store does not have, each once. A `.narinfo` that was left
 * over of a path that nobody needs is harmless.
 *
 * @param paths all that are in place
 */
export function lostReferences(folders: LocalFolders, paths: readonly StorePath[]): Finding[] {
  const found = new Map<StorePath, Finding>();
  const inPlace = new Set(paths);
  for (const path of paths) {
    for (const reference of folders.validInfo(path)?.references ?? []) {
      if (inPlace.has(reference) || found.has(reference)) continue;
      // It may have been added meanwhile.
      if (folders.look(reference) !== undefined) continue;
      // A collector takes what refers to it away first.
      if (folders.look(path) === undefined) break;
      const finding = missing(reference);
      found.set(reference, { ...finding, reason: `${finding.reason}, and ${path} needs it` });
    }
  }
  return [...found.values()].toSorted((left, right) => (left.subject < right.subject ? -1 : 1));
}
