import type { OsTreeEntry } from '../../../store/os-tree/os-tree-entry.ts';
import type { GeneratedText } from '../../wanted-etc.ts';

/**
 * What setupcon keeps is as good as long as it is newer than /etc/default/keyboard, and nothing is
 * older than what is in a store: after another declaration, the keys would stay those of before.
 */
const dropIn = `[Service]
ExecStartPre=-/bin/sh -c 'rm -f /etc/console-setup/cached_*'
`;

/**
 * Has each boot take the keys of the console from what is declared, where console-setup loads them.
 * Pure.
 */
export function consoleKeyUnits(entries: readonly OsTreeEntry[]): GeneratedText[] {
  if (!entries.some(({ path }) => path === 'usr/bin/setupcon')) return [];
  const path = 'systemd/system/keyboard-setup.service.d/genctl.conf';
  return [{ path, text: dropIn, mode: 0o644 }];
}
