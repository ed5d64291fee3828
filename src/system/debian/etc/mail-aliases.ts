import type { OsTreeEntry } from '../../../store/os-tree/os-tree-entry.ts';
import type { GeneratedText } from '../../wanted-etc.ts';

/** What does not keep its aliases in a table has nothing to make: that it fails is no harm. */
const dropIn = `[Service]
ExecStartPre=-/usr/bin/newaliases
`;

/**
 * A drop-in by which postfix makes its table of /etc/aliases whenever it starts. Its package makes
 * one when it is installed, with the time and random numbers in it, so a tree has none. Nothing
 * where there is no postfix. Pure.
 */
export function mailAliasesUnits(entries: readonly OsTreeEntry[]): GeneratedText[] {
  if (!entries.some(({ path }) => path === 'usr/sbin/postfix')) return [];
  return [{ path: 'systemd/system/postfix@.service.d/genctl.conf', text: dropIn, mode: 0o644 }];
}
