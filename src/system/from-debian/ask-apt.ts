import { isInstalled, run } from '../../host/run.ts';
import { type PackageOrigin, parsePackageOrigins } from './package-origins.ts';

/** Without them, apt would write its caches anew. */
const withoutCaches = ['-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='];

/**
 * Whose packages of the machine that runs are; undefined where apt cannot be asked, or has no
 * lists: then all would seem to be the machine's own.
 */
export async function askApt(
  packages: readonly string[],
): Promise<ReadonlyMap<string, PackageOrigin> | undefined> {
  if (!isInstalled('apt-cache')) return undefined;
  const [sources, own] = await Promise.all([
    run('apt-cache', [...withoutCaches, 'policy']),
    run('apt-cache', [...withoutCaches, 'policy', '--', ...packages]),
  ]);
  const origins = parsePackageOrigins(sources.stdout, own.stdout);
  return [...origins.values()].some(origin => origin === 'debian') ? origins : undefined;
}
