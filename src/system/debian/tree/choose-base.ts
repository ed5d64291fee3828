import type { LockedAccounts, LockedPackage } from '../lock/lock.ts';
import { packageNumbers, renumber } from './tree-accounts.ts';
import type { TreeRecord } from './tree-record.ts';

/**
 * The tree that was built of exactly these packages, with the numbers that its accounts would get
 * if it was built now. Pure.
 */
export function sameTree(
  records: readonly TreeRecord[],
  packages: readonly LockedPackage[],
  given: LockedAccounts,
): TreeRecord | undefined {
  return records.find(record => {
    if (record.packages.size !== packages.length) return false;
    if (!packages.every(({ sha256 }) => record.packages.has(sha256))) return false;
    const { users, groups } = renumber(record.accounts, given);
    return users.size === 0 && groups.size === 0;
  });
}

/**
 * The tree that most of the packages are in already, and no other ones: the others can come on top
 * of it. None where an account of it has no number that is given, since new names could then get
 * other numbers than in a tree that is built as a whole. Pure.
 */
export function baseFor(
  records: readonly TreeRecord[],
  packages: readonly LockedPackage[],
  given: LockedAccounts,
): TreeRecord | undefined {
  const wanted = new Set(packages.map(({ sha256 }) => sha256));
  return records
    .filter(record => [...record.packages].every(sha256 => wanted.has(sha256)))
    .filter(({ accounts }) => hasGivenNumbers(accounts, given))
    .toSorted((left, right) => right.packages.size - left.packages.size)[0];
}

/**
 * Why no earlier tree is a base: a clause, or undefined where there are none. Asked where `baseFor`
 * has none. Pure.
 */
export function whyNoBase(
  records: readonly TreeRecord[],
  packages: readonly LockedPackage[],
): string | undefined {
  const wanted = new Set(packages.map(({ sha256 }) => sha256));
  const dropped = records.map(record => [...record.packages].filter(sha256 => !wanted.has(sha256)));
  const fewest = Math.min(...dropped.map(({ length }) => length));
  switch (fewest) {
    case Number.POSITIVE_INFINITY:
      return undefined;
    case 0:
      return 'numbers of users and groups are not those of the earlier tree';
    case 1:
      return 'a package was removed or is another version';
    default:
      return `${fewest} packages were removed or are other versions`;
  }
}

function hasGivenNumbers({ users, groups }: LockedAccounts, given: LockedAccounts): boolean {
  const uids = new Map(given.users.map(({ name, uid }) => [name, uid]));
  const gids = new Map(given.groups.map(({ name, gid }) => [name, gid]));
  return (
    users.every(({ name, uid }) => uid < packageNumbers.first || uids.get(name) === uid) &&
    groups.every(({ name, gid }) => gid < packageNumbers.first || gids.get(name) === gid)
  );
}
