import type { LockedPackage } from '../lock/lock.ts';
import type { AptSettings } from './apt-settings.ts';

/** What is to be found. */
export interface Resolution {
  /** Names of packages, sorted; all that is essential to Debian comes along. */
  wanted: readonly string[];
  /** Packages that stay at their versions as long as they are needed; none to find all anew. */
  locked: readonly LockedPackage[];
  /** Names of locked packages that are to become the newest there are. */
  update: readonly string[];
  /** Whether apt is to fetch its lists anew, even where it has some. */
  freshLists: boolean;
}

/**
 * Finds by apt which packages it takes, in a root of its own where nothing is installed but what is
 * locked. Signatures are checked by apt.
 *
 * @returns sorted as in a lock
 * @throws GenctlError PACKAGE_UNKNOWN (with the nearest names), PACKAGES_CONFLICT, SUITE_UNKNOWN,
 *   APT_FAILED, …
 */
export async function resolvePackages(
  _settings: AptSettings,
  _resolution: Resolution,
): Promise<LockedPackage[]> {
  throw new Error('placeholder');
}
