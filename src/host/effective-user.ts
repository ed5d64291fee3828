import { readFileSync } from 'node:fs';
import { shellWord } from '../template.ts';
import { effectiveCapabilities } from './processes.ts';

/** Whether this process may give files to anybody: root's, be it in a user namespace of its own. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** The right to give files to others (capabilities(7)); in a user namespace, to those in it. */
const chown = 1n << 0n;

/**
 * Whether this process may give files to all users and groups from 0 up to a number: a user
 * namespace may have fewer of them than the machine.
 */
export function mayGiveFilesUpTo(last: number): boolean {
  const mayGive = (effectiveCapabilities() & chown) !== 0n;
  return mayGive && ['uid_map', 'gid_map'].every(name => isMapped(name, last));
}

/** What to do where files cannot be given to others; the command line can be copied. */
export function mayChownHint(): string {
  const words = ['unshare', '--map-root-user', '--map-auto', ...process.argv.slice(1)];
  const line = words.map(word => (isPlain.test(word) ? word : shellWord(word))).join(' ');
  return `Run genctl as root; or, with the package uidmap and numbers of yours in /etc/subuid and /etc/subgid: ${line}`;
}

const isPlain = /^[\w./=,:@%+-]+$/;

/** Lines of a map are `FIRST-INSIDE FIRST-OUTSIDE COUNT` (user_namespaces(7)). */
function isMapped(name: string, last: number): boolean {
  let next = 0;
  const ranges = readFileSync(`/proc/self/${name}`, 'latin1')
    .trim()
    .split('\n')
    .map(line => line.trim().split(/ +/).map(Number))
    .toSorted(([left = 0], [right = 0]) => left - right);
  for (const [first = 0, , count = 0] of ranges) {
    if (first <= next) next = Math.max(next, first + count);
  }
  return next > last;
}
