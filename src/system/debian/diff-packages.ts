import { compareVersions } from './compare-versions.ts';
import type { ListedPackage } from './package-list.ts';

/** A package that both systems have, at two versions. */
export interface PackageChange {
  before: ListedPackage;
  after: ListedPackage;
  /** By the order of Debian's versions; `rebuilt` where that is the same and another thing differs. */
  direction: 'upgraded' | 'downgraded' | 'rebuilt';
}

/** How the packages of two systems differ; of each kind those that are declared come first. */
export interface PackageDifference {
  added: readonly ListedPackage[];
  removed: readonly ListedPackage[];
  changed: readonly PackageChange[];
  /** What all packages after take more than those before, by what dpkg says. */
  installedSizeBytes: number;
}

/** Pure. */
export function diffPackages(
  before: readonly ListedPackage[],
  after: readonly ListedPackage[],
): PackageDifference {
  const [old, future] = [byName(before), byName(after)];
  return {
    added: after.filter(({ name }) => !old.has(name)).toSorted(wantedFirst),
    removed: before.filter(({ name }) => !future.has(name)).toSorted(wantedFirst),
    changed: after.toSorted(wantedFirst).flatMap(there => changeOf(old.get(there.name), there)),
    installedSizeBytes: sizeOf(after) - sizeOf(before),
  };
}

function changeOf(before: ListedPackage | undefined, after: ListedPackage): PackageChange[] {
  if (before === undefined) return [];
  const order = compareVersions(before.version, after.version);
  if (order !== 0) return [{ before, after, direction: order < 0 ? 'upgraded' : 'downgraded' }];
  const isSame =
    before.version === after.version &&
    before.architecture === after.architecture &&
    before.installedSizeBytes === after.installedSizeBytes;
  return isSame ? [] : [{ before, after, direction: 'rebuilt' }];
}

/** A system is of one architecture, so a name says all. */
function byName(packages: readonly ListedPackage[]): ReadonlyMap<string, ListedPackage> {
  return new Map(packages.map(each => [each.name, each]));
}

function wantedFirst(left: ListedPackage, right: ListedPackage): number {
  if (left.isWanted !== right.isWanted) return left.isWanted ? -1 : 1;
  return left.name < right.name ? -1 : 1;
}

function sizeOf(packages: readonly ListedPackage[]): number {
  return packages.reduce((sum, { installedSizeBytes }) => sum + installedSizeBytes, 0);
}
