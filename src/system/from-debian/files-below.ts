import { isUtf8 } from 'node:buffer';
import { GenctlError } from '../../errors.ts';
import type { Folder } from '../../host/folder.ts';

/**
 * Paths of all that is no folder, from a folder on; what may not be read is passed over.
 *
 * @param prefix what stands before them: empty, or a path with a slash behind
 * @param isPassedOver tells which folders are not looked into, by their paths
 */
export function* filesBelow(
  folder: Folder,
  prefix: string,
  isPassedOver: (path: string) => boolean = () => false,
): Generator<string, void, undefined> {
  for (const { name: rawName, kind } of folder.rawEntries()) {
    const path = `${prefix}${rawName.toString()}`;
    if (!isUtf8(rawName)) continue;
    if (kind !== 'folder') yield path;
    else if (!isPassedOver(path)) {
      using inner = openIfAllowed(folder, rawName);
      if (inner !== undefined) yield* filesBelow(inner, `${path}/`, isPassedOver);
    }
  }
}

function openIfAllowed(folder: Folder, name: Buffer): Folder | undefined {
  try {
    return folder.open(name);
  } catch (thrown) {
    if (thrown instanceof GenctlError && thrown.code === 'NOT_ALLOWED') return undefined;
    throw thrown;
  }
}
