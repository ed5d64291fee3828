import { GenctlError } from '../../../errors.ts';
import { byBytes } from '../../../host/folder.ts';
import { sortedAccounts } from '../account-database.ts';
import type { LockedAccounts, LockedGroup } from '../lock/lock.ts';

/**
 * Numbers that packages' own users and groups get. A machine gives its own from 500 on, so that
 * what is made there and what a lock brings later never meet.
 */
export const packageNumbers = { first: 100, last: 499 } as const;

/** Numbers that Debian itself gives out for good: base-passwd(5), Debian Policy 9.2.2. */
function isStatic(number: number): boolean {
  return number < packageNumbers.first || number >= 60_000;
}

/** The one group that has had its number since before these ranges: systemd makes it, too. */
function isUsers({ name, gid }: LockedGroup): boolean {
  return name === 'users' && gid === 100;
}

/** Which numbers accounts were made with, and which they are to have. */
export interface Renumbering {
  /** The accounts of the tree, with the numbers they are to have. */
  accounts: LockedAccounts;
  /** What a file's owner becomes; those that stay are left out. */
  users: ReadonlyMap<number, number>;
  groups: ReadonlyMap<number, number>;
}

/**
 * Gives the accounts of a tree the numbers they have for good. With which ones they were made in
 * the tree depends on the order of packages and on who made them (adduser, useradd,
 * systemd-sysusers); a lock must not. Names that are given have their numbers; new ones get the
 * lowest free ones in the order of their names, a user and the group of its name the same. Pure.
 *
 * @param found as packages made them
 * @param given numbers that are given already, whether or not the tree has the names
 * @throws GenctlError ACCOUNT_CLASH, ACCOUNT_NUMBERS_SPENT
 */
export function renumber(found: LockedAccounts, given: LockedAccounts): Renumbering {
  const uids = new Map(given.users.map(({ name, uid }) => [name, uid]));
  const gids = new Map(given.groups.map(({ name, gid }) => [name, gid]));
  for (const { name, uid } of found.users) if (isStatic(uid)) fix(uids, name, uid, 'user');
  for (const group of found.groups) {
    if (isStatic(group.gid) || isUsers(group)) fix(gids, group.name, group.gid, 'group');
  }
  assertDistinct(uids, 'user');
  assertDistinct(gids, 'group');
  const taken = new Set([...uids.values(), ...gids.values()]);
  const names = new Set([...found.users, ...found.groups].map(({ name }) => name));
  const [hasUser, hasGroup] = [namesIn(found.users), namesIn(found.groups)];
  for (const name of [...names].toSorted(byBytes)) {
    const lacksUid = hasUser.has(name) && !uids.has(name);
    const lacksGid = hasGroup.has(name) && !gids.has(name);
    if (!lacksUid && !lacksGid) continue;
    const number = freeFor(name, lacksUid ? gids.get(name) : uids.get(name), taken, {
      uids: lacksUid ? uids : undefined,
      gids: lacksGid ? gids : undefined,
    });
    taken.add(number);
    if (lacksUid) uids.set(name, number);
    if (lacksGid) gids.set(name, number);
  }
  const groupChanges = changes(found.groups.map(({ name, gid }) => [gid, gids.get(name) ?? gid]));
  return {
    accounts: {
      users: found.users.map(user => ({
        ...user,
        uid: uids.get(user.name) ?? user.uid,
        gid: groupChanges.get(user.gid) ?? user.gid,
      })),
      groups: found.groups.map(group => ({ ...group, gid: gids.get(group.name) ?? group.gid })),
    },
    users: changes(found.users.map(({ name, uid }) => [uid, uids.get(name) ?? uid])),
    groups: groupChanges,
  };
}

/** Accounts of a tree, and those that are given and that it does not have. */
export function withGiven(accounts: LockedAccounts, given: LockedAccounts): LockedAccounts {
  const [users, groups] = [namesIn(accounts.users), namesIn(accounts.groups)];
  return sortedAccounts({
    users: [...accounts.users, ...given.users.filter(({ name }) => !users.has(name))],
    groups: [...accounts.groups, ...given.groups.filter(({ name }) => !groups.has(name))],
  });
}

function namesIn(accounts: readonly { name: string }[]): Set<string> {
  return new Set(accounts.map(({ name }) => name));
}

function fix(numbers: Map<string, number>, name: string, number: number, kind: string): void {
  const given = numbers.get(name);
  if (given !== undefined && given !== number) {
    throw clash(`the ${kind} ${name} has the number ${given} in the lock, and Debian's ${number}`);
  }
  numbers.set(name, number);
}

function assertDistinct(numbers: ReadonlyMap<string, number>, kind: string): void {
  const names = new Map<number, string>();
  for (const [name, number] of numbers) {
    const other = names.get(number);
    if (other !== undefined) {
      throw clash(`the ${kind}s ${other} and ${name} both have the number ${number}`);
    }
    names.set(number, name);
  }
}

function clash(reason: string): GenctlError {
  return new GenctlError('ACCOUNT_CLASH', `cannot give users and groups their numbers: ${reason}`, {
    hint: 'Change the number of one of them in genctl.lock; files of its on the machine keep the old one.',
  });
}

/** @param preferred what the other half of the account has */
function freeFor(
  name: string,
  preferred: number | undefined,
  taken: ReadonlySet<number>,
  { uids, gids }: Record<'uids' | 'gids', ReadonlyMap<string, number> | undefined>,
): number {
  const isFree = (number: number): boolean =>
    ![...(uids?.values() ?? []), ...(gids?.values() ?? [])].includes(number);
  if (preferred !== undefined && isFree(preferred)) return preferred;
  for (let number = packageNumbers.first; number <= packageNumbers.last; number++) {
    if (!taken.has(number)) return number;
  }
  throw new GenctlError(
    'ACCOUNT_NUMBERS_SPENT',
    `cannot give ${name} a number: all from ${packageNumbers.first} to ${packageNumbers.last} are given`,
    { hint: 'Remove users and groups from genctl.lock that no package brings any more.' },
  );
}

function changes(pairs: readonly (readonly [number, number])[]): Map<number, number> {
  return new Map(pairs.filter(([before, after]) => before !== after));
}
