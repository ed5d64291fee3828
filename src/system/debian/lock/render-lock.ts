import type { Lock } from './lock.ts';
import { lockVersion } from './lock-format.ts';

/**
 * The text of a lock. It is made to be read as a diff: one package a line, all sorted, so that
 * what has changed is what the diff shows. Pure.
 */
export function renderLock(lock: Lock): string {
  const { suite, architecture, wanted, packages, accounts, ...unknown } = lock;
  // A format that was read is never an older one: fields are only added.
  const { version: _, ...others } = unknown as Readonly<Record<string, unknown>>;
  const { users, groups, ...otherAccounts } = accounts;
  const fields = [
    ['version', JSON.stringify(lockVersion)],
    ['suite', JSON.stringify(suite)],
    ['architecture', JSON.stringify(architecture)],
    ['wanted', lines(wanted.toSorted(byText), '  ')],
    ['packages', lines(packages.toSorted(byNameAndArchitecture), '  ')],
    ['accounts', accountLines(users.toSorted(byName), groups.toSorted(byName), otherAccounts)],
    ...Object.entries(others).map(([name, value]) => [name, JSON.stringify(value)]),
  ];
  return `{\n${fields.map(([name, text]) => `  ${JSON.stringify(name)}: ${text}`).join(',\n')}\n}\n`;
}

function accountLines(
  users: readonly object[],
  groups: readonly object[],
  others: Readonly<Record<string, unknown>>,
): string {
  const fields = [
    `    "users": ${lines(users, '    ')}`,
    `    "groups": ${lines(groups, '    ')}`,
    ...Object.entries(others).map(
      ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
    ),
  ];
  return `{\n${fields.join(',\n')}\n  }`;
}

/** A list with one item a line. */
function lines(items: readonly unknown[], indent: string): string {
  if (items.length === 0) return '[]';
  return `[\n${items.map(item => `${indent}  ${JSON.stringify(item)}`).join(',\n')}\n${indent}]`;
}

function byNameAndArchitecture(
  left: { name: string; architecture: string },
  right: { name: string; architecture: string },
): number {
  return byName(left, right) || byText(left.architecture, right.architecture);
}

function byName(left: { name: string }, right: { name: string }): number {
  return byText(left.name, right.name);
}

/** By code units, which is the same everywhere, unlike a locale's order. */
function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
