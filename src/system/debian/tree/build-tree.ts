import type { Root } from '../../../host/root.ts';
import type { Store } from '../../../store/store.ts';
import type { StorePath } from '../../../store/store-path.ts';
import type { LockedAccounts, LockedPackage } from '../lock/lock.ts';

export interface TreeInput {
  root: Root;
  store: Store;
  suite: string;
  architecture: string;
  /** All of them, in the package cache of the root. */
  packages: readonly LockedPackage[];
  /** Known numbers: they hold for whatever package asks for the name. */
  accounts: LockedAccounts;
  /** Answers to packages' questions, lines of debconf-set-selections(1); empty where there are none. */
  debconfSelections: string;
  /** The name of the package that brings the kernel, such as `linux-image-amd64`. */
  kernelPackage: string;
  /** Whether what earlier builds left may be built upon. */
  reuse: boolean;
  /** Told of each package that is unpacked or configured. */
  onPackage: (progress: PackageProgress) => void;
}

export interface PackageProgress {
  name: string;
  /** Counted from 1. */
  number: number;
  count: number;
}

/** Packages, installed and configured, in the store. */
export interface BuiltTree {
  /**
   * An operating-system tree: `usr/`, `etc/` and `var/` as packages left them, without secrets,
   * without the kernel and its modules; `usr/lib/modules` is there and empty; dpkg's database is at
   * `usr/lib/sysimage/dpkg`. `usr/bin/genctl` leads to /run/current-system/genctl/bin/genctl.
   */
  tree: StorePath;
  /** The file. */
  kernel: StorePath;
  /** A folder that has one folder, named as the kernel's release: what /usr/lib/modules shows. */
  modules: StorePath;
  /** `6.1.0-35-amd64`. */
  kernelRelease: string;
  /** All that packages have brought, those that were given included: what the lock is to hold. */
  accounts: LockedAccounts;
}

/**
 * Installs exactly the given packages into an empty folder and adds the result to the store: the
 * same input gives the same paths, on any machine and day. What was built before of the same input
 * is not built again; packages that only come on top of it are added to it.
 *
 * @throws GenctlError PACKAGE_FAILED (a maintainer script, with its last lines), PACKAGE_DAMAGED,
 *   ACCOUNT_CLASH, NO_SPACE, NOT_ALLOWED
 */
export async function buildTree(_input: TreeInput): Promise<BuiltTree> {
  throw new Error('placeholder');
}
