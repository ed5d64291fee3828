import { formatBytes } from '../../../bytes.ts';
import { GenctlError, messageOf } from '../../../errors.ts';
import type { Folder } from '../../../host/folder.ts';
import type { Root } from '../../../host/root.ts';
import type { LockedPackage } from '../lock/lock.ts';
import { openAptRoot } from './apt-root.ts';
import type { AptSettings } from './apt-settings.ts';
import { downloadPackages } from './download-packages.ts';

/** Where `.deb` files are kept, `SHA256.deb` each, a logical path. */
export const packageCacheFolder = '/var/cache/genctl/packages';

/** Where a locked package is in the cache, a path on the host. */
export function cachedPackagePath(root: Root, { sha256 }: Pick<LockedPackage, 'sha256'>): string {
  return root.onHost(`${packageCacheFolder}/${sha256}.deb`);
}

/**
 * Sees to it that all packages are in the cache and are what the lock says: each file is read and
 * compared. Without any to fetch it needs no network.
 *
 * @throws GenctlError PACKAGE_DAMAGED, PACKAGE_GONE, NO_SPACE, APT_FAILED
 */
export async function fetchPackages(
  settings: AptSettings,
  packages: readonly LockedPackage[],
): Promise<void> {
  const { root } = settings;
  using cache = root.folderOrMake(packageCacheFolder);
  const states = packages.map(each => [each, cachedState(cache, each)] as const);
  const wanting = states.filter(([, state]) => state !== 'whole').map(([each]) => each);
  if (wanting.length === 0) return;
  assertRoom(root, cache, wanting);
  const damaged = states.find(([, state]) => state === 'damaged')?.[0];
  try {
    await downloadPackages(await openAptRoot(settings), cache, wanting, settings.onProgress);
  } catch (thrown) {
    if (damaged === undefined || cachedState(cache, damaged) === 'whole') throw thrown;
    throw new GenctlError(
      'PACKAGE_DAMAGED',
      `${cachedPackagePath(root, damaged)}: it is not the ${damaged.name} ${damaged.version} that the lock names, and it could not be fetched anew: ${messageOf(thrown)}`,
      { cause: thrown, hint: thrown instanceof GenctlError ? thrown.hint : undefined },
    );
  }
}

function cachedState(
  cache: Folder,
  { sha256, sizeBytes }: LockedPackage,
): 'whole' | 'damaged' | 'missing' {
  const name = `${sha256}.deb`;
  const stat = cache.stat(name);
  if (stat === undefined) return 'missing';
  const isWhole =
    stat.kind === 'file' && stat.sizeBytes === sizeBytes && cache.digest(name).sha256 === sha256;
  return isWhole ? 'whole' : 'damaged';
}

/** @throws GenctlError NO_SPACE, before anything is fetched */
function assertRoom(root: Root, cache: Folder, packages: readonly LockedPackage[]): void {
  const { clusterBytes, freeBytes } = cache.space();
  const neededBytes = packages.reduce(
    (sum, { sizeBytes }) => sum + Math.ceil(sizeBytes / clusterBytes) * clusterBytes,
    0,
  );
  if (neededBytes <= freeBytes) return;
  throw new GenctlError(
    'NO_SPACE',
    `cannot fetch ${packages.length === 1 ? 'a package' : `${packages.length} packages`} into ${root.onHost(packageCacheFolder)}: they take ${formatBytes(neededBytes)}, and ${formatBytes(freeBytes)} are free`,
    { hint: `Free ${formatBytes(neededBytes - freeBytes)} there; nothing was fetched.` },
  );
}
