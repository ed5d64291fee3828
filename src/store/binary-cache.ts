import type { Folder } from '../host/folder.ts';
import { type Address, narInfoOf, readNar } from './address.ts';
import { narOf } from './nar.ts';
import { narFileOf, narInfoName, renderNarInfo } from './narinfo.ts';
import { placeholderHashPart, withHashPart } from './self-reference.ts';
import { hashPartOf, storeFolder } from './store-path.ts';
import type { Tree } from './tree.ts';

/**
 * Makes an empty folder a binary cache with one path in it, for Nix to take that from. It needs no
 * signature, as its name follows from its content. Nothing is synced.
 *
 * @throws what `narOf` throws
 */
export function writeBinaryCache(cache: Folder, tree: Tree, address: Address): void {
  const { path, references } = address;
  const hashPart = hashPartOf(path);
  const draft = 'draft';
  const nar = narOf(tree);
  const pieces = references.self ? withHashPart(nar, placeholderHashPart, hashPart) : nar;
  cache.createUnsynced(draft, pieces);
  const info = narInfoOf(address, readNar(cache.chunks(draft), [], undefined));
  const file = narFileOf(info);
  cache.makeFolder(file.folder);
  using nars = cache.open(file.folder);
  cache.renameInto(draft, nars, file.name);
  cache.createUnsynced(narInfoName(path), Buffer.from(renderNarInfo({ info, others: [] })));
  cache.createUnsynced('nix-cache-info', Buffer.from(`StoreDir: ${storeFolder}\n`));
}
