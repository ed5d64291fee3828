import type { LockedAccounts } from '../lock/lock.ts';
import { doubleQuoted } from './double-quoted.ts';

/** The accounts as passwd(5) has them. Nobody can log in by it. */
export function passwdText({ users }: LockedAccounts): string {
  return users
    .map(({ name, uid, gid, gecos, home, shell }) =>
      [name, 'x', uid, gid, gecos, home, shell].join(':').concat('\n'),
    )
    .join('');
}

/** The accounts as group(5) has them. */
export function groupText({ groups }: LockedAccounts): string {
  return groups.map(({ name, gid, members }) => `${name}:x:${gid}:${members.join(',')}\n`).join('');
}

/**
 * The accounts as sysusers.d(5) makes them: those that are there stay as they are, and new ones get
 * the numbers that the lock has for them.
 */
export function sysusersText({ users, groups }: LockedAccounts): string {
  const lines = [
    ...groups.map(({ name, gid }) => `g ${name} ${gid}`),
    ...users.map(
      ({ name, uid, gid, gecos, home, shell }) =>
        `u ${name} ${uid}:${gid} ${doubleQuoted(gecos)} ${doubleQuoted(home)} ${doubleQuoted(shell)}`,
    ),
    ...groups.flatMap(({ name, members }) => members.map(member => `m ${member} ${name}`)),
  ];
  return `# The users and groups of this system's packages, by the numbers of genctl.lock.\n${lines.map(line => `${line}\n`).join('')}`;
}
