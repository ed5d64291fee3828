import {
  type Attributes,
  removeAttribute,
  writeAttributes,
} from '../../host/extended-attributes.ts';
import type { Folder } from '../../host/folder.ts';
import { FolderChain } from '../../host/folder-chain.ts';
import type { Difference } from './difference.ts';
import { canonicalSeconds } from './os-tree-pool.ts';

/**
 * Gives files of a tree the owners, modes, attributes and times that they had. Files that other
 * trees share are theirs as well, so it is set right there too.
 *
 * @param name of the tree in the store's folder
 * @throws GenctlError NOT_ALLOWED, PROGRAM_MISSING, PROGRAM_FAILED, …
 */
export async function mendOsTree(
  store: Folder,
  name: string,
  flaws: readonly Difference[],
): Promise<void> {
  const hostPath = `${store.realPath}/${name}`;
  const attributes = new Map<string, Attributes>();
  using chain = new FolderChain(store);
  for (const { entry, extraAttributes } of flaws) {
    const path = entry.path === '' ? name : `${name}/${entry.path}`;
    const at = chain.locate(path);
    at.folder.setOwner(at.name, entry.uid, entry.gid);
    if (entry.kind !== 'link') {
      // A new owner takes setuid bits and capabilities away.
      at.folder.setMode(at.name, entry.mode);
      if (entry.attributes.size > 0) attributes.set(entry.path, entry.attributes);
      for (const extra of extraAttributes) {
        await removeAttribute(entry.path === '' ? hostPath : `${hostPath}/${entry.path}`, extra);
      }
    }
    at.folder.setTimes(at.name, canonicalSeconds);
  }
  await writeAttributes(hostPath, attributes);
}
