import { byBytes } from '../../host/folder.ts';
import type { LockedAccounts, LockedGroup, LockedUser } from './lock/lock.ts';

/** What an empty field means: passwd(5), login(1). */
const usualHome = '/';
const usualShell = '/bin/sh';

/**
 * Reads accounts from the texts of passwd(5) and group(5). A damaged line is left out, as the C
 * library does.
 */
export function parseAccounts(passwd: string, group: string): LockedAccounts {
  const users = passwd.split('\n').flatMap((line): LockedUser[] => {
    const [name = '', , uid = '', gid = '', gecos = '', home = '', shell = ''] = line.split(':');
    if (name === '' || !isNumber(uid) || !isNumber(gid)) return [];
    const [folder, program] = [home || usualHome, shell || usualShell];
    return [{ name, uid: Number(uid), gid: Number(gid), gecos, home: folder, shell: program }];
  });
  const groups = group.split('\n').flatMap((line): LockedGroup[] => {
    const [name = '', , gid = '', members = ''] = line.split(':');
    if (name === '' || !isNumber(gid)) return [];
    const sorted = members.split(',').filter(member => member !== '');
    return [{ name, gid: Number(gid), members: sorted.toSorted(byBytes) }];
  });
  return sortedAccounts({ users, groups });
}

function isNumber(text: string): boolean {
  return /^[0-9]{1,10}$/.test(text);
}

/** By name, as a lock has them. */
export function sortedAccounts({ users, groups }: LockedAccounts): LockedAccounts {
  const byName = (left: { name: string }, right: { name: string }): number =>
    byBytes(left.name, right.name);
  return { users: users.toSorted(byName), groups: groups.toSorted(byName) };
}

/** passwd(5), group(5), shadow(5) and gshadow(5) of accounts without passwords. */
export function renderAccounts({ users, groups }: LockedAccounts): {
  passwd: string;
  group: string;
  shadow: string;
  gshadow: string;
} {
  const lines = (each: readonly string[]): string => each.map(line => `${line}\n`).join('');
  return {
    passwd: lines(
      users.map(({ name, uid, gid, gecos, home, shell }) =>
        [name, 'x', uid, gid, gecos, home, shell].join(':'),
      ),
    ),
    group: lines(groups.map(({ name, gid, members }) => `${name}:x:${gid}:${members.join(',')}`)),
    shadow: lines(users.map(({ name }) => `${name}:*:1:0:99999:7:::`)),
    gshadow: lines(groups.map(({ name, members }) => `${name}:*::${members.join(',')}`)),
  };
}
