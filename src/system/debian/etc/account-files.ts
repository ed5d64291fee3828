import type { LockedAccounts } from '../lock/lock.ts';
import { doubleQuoted } from './double-quoted.ts';

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
