import type { Root } from '../../../host/root.ts';
import type { LockedPackage } from '../lock/lock.ts';
import type { AptSettings } from './apt-settings.ts';

/** Where `.deb` files are kept, `SHA256.deb` each, a logical path. */
export const packageCacheFolder = '/var/cache/genctl/packages';

/** Where a locked package is in the cache, a path on the host. */
export function cachedPackagePath(root: Root, { sha256 }: Pick<LockedPackage, 'sha256'>): string {
  return root.onHost(`${packageCacheFolder}/${sha256}.deb`);
}

/**
 * Sees to it that all packages are in the cache and are what the lock says. Without any to fetch it
 * needs no network.
 *
 * @throws GenctlError PACKAGE_DAMAGED, PACKAGE_GONE, NO_SPACE, APT_FAILED
 */
export async function fetchPackages(
  _settings: AptSettings,
  _packages: readonly LockedPackage[],
): Promise<void> {
  throw new Error('placeholder');
}
