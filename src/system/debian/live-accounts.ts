import { GenctlError } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { parseAccounts } from './account-database.ts';
import type { LockedAccounts, LockedGroup, LockedUser } from './lock/lock.ts';
import { isLockableGroup, isLockableUser } from './lock/parse-lock.ts';

/** Debian policy, 9.2.2: from here on numbers are people's. */
const firstPersonal = 1000;

/** The users and groups of a machine as passwd(5) and group(5) have them; none where it has none. */
export function readLiveAccounts(root: Root): LockedAccounts {
  const textOf = (path: string): string => root.readFileIfThere(path)?.toString() ?? '';
  return parseAccounts(textOf('/etc/passwd'), textOf('/etc/group'));
}

/**
 * Those that packages have made, or could have: of names and numbers that a lock can hold, and no two
 * names of one number. That people are members is the machine's own affair.
 */
function systemAccounts({ users, groups }: LockedAccounts): LockedAccounts {
  const ofSystem = users.filter(({ uid }) => uid < firstPersonal);
  const kept = withoutShared(ofSystem.filter(isLockableUser), ({ uid }) => uid);
  const names = new Set(kept.map(({ name }) => name));
  const withoutPeople = groups
    .filter(({ gid }) => gid < firstPersonal)
    .map(group => ({ ...group, members: group.members.filter(name => names.has(name)) }));
  return {
    users: kept,
    groups: withoutShared(withoutPeople.filter(isLockableGroup), ({ gid }) => gid),
  };
}

function withoutShared<T>(accounts: readonly T[], numberOf: (account: T) => number): T[] {
  const numbers = accounts.map(numberOf);
  return accounts.filter(
    (_, at) =>
      numbers.indexOf(numbers[at] as number) === numbers.lastIndexOf(numbers[at] as number),
  );
}

/**
 * The numbers that a build begins with: those of the lock, or, before a build has written any into
 * it, those that the machine has given already. Pure.
 */
export function knownAccounts(locked: LockedAccounts, live: LockedAccounts): LockedAccounts {
  const isFirstBuild = locked.users.length + locked.groups.length === 0;
  return isFirstBuild ? systemAccounts(live) : locked;
}

/**
 * Files carry numbers, not names: a name must mean the same number on the machine as in the lock.
 *
 * @throws GenctlError ACCOUNT_CLASH
 */
export function refuseClashes(live: LockedAccounts, locked: LockedAccounts): void {
  const clashes = [
    ...clashesBetween(live.users.map(userNumber), locked.users.map(userNumber), 'user'),
    ...clashesBetween(live.groups.map(groupNumber), locked.groups.map(groupNumber), 'group'),
  ];
  if (clashes.length === 0) return;
  throw new GenctlError(
    'ACCOUNT_CLASH',
    `users or groups of this machine are at odds with genctl.lock:\n${clashes.map(line => `  ${line}`).join('\n')}`,
    {
      hint: 'Give those of the machine other numbers (usermod -u, groupmod -g, and chown their files), or delete them.',
    },
  );
}

interface Numbered {
  name: string;
  number: number;
}

function clashesBetween(
  live: readonly Numbered[],
  locked: readonly Numbered[],
  what: string,
): string[] {
  const numbers = new Map(live.map(({ name, number }) => [name, number]));
  const names = new Map(live.map(({ name, number }) => [number, name]));
  return locked.flatMap(({ name, number }) => {
    const here = numbers.get(name);
    if (here === number) return [];
    if (here !== undefined) {
      return [`${what} ${name} has number ${here} here, and ${number} in the lock`];
    }
    const other = names.get(number);
    return other === undefined
      ? []
      : [`number ${number}, which the lock has for ${what} ${name}, is ${other}'s here`];
  });
}

function userNumber({ name, uid }: LockedUser): Numbered {
  return { name, number: uid };
}

function groupNumber({ name, gid }: LockedGroup): Numbered {
  return { name, number: gid };
}
