import type { Root } from '../../../host/root.ts';
import type { LockedPackage } from '../lock/lock.ts';
import { packageCacheFolder } from './package-cache.ts';

/**
 * Removes packages from the cache that no lock names: no generation needs them to boot, or to be
 * gone back to. Callers hold genctl's lock, as a build may be fetching what is not locked yet.
 *
 * @returns the bytes that this frees
 */
export function dropUnlocked(root: Root, packages: readonly LockedPackage[]): number {
  using cache = root.folderIfThere(packageCacheFolder);
  if (cache === undefined) return 0;
  const locked = new Set(packages.map(({ sha256 }) => `${sha256}.deb`));
  let freedBytes = 0;
  for (const name of cache.names()) {
    if (/^[0-9a-f]{64}\.deb$/.test(name) && !locked.has(name)) freedBytes += cache.removeTree(name);
  }
  return freedBytes;
}
