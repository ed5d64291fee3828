import type { OsTreeEntry } from '../../../store/os-tree/os-tree-entry.ts';
import type { GeneratedText } from '../../wanted-etc.ts';

const service = 'genctl-ssh-host-keys.service';

/** Only where none is there: a boot should not wait for a program that has nothing to do. */
const unit = `[Unit]
Description=Keys by which others know this machine
ConditionPathExistsGlob=!/etc/ssh/ssh_host_*_key

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A
`;

const dropIn = `[Unit]
Wants=${service}
After=${service}
`;

/** What starts sshd: by itself, and for each connection. */
const servers = ['ssh.service', 'ssh@.service'];

/**
 * Units by which each machine makes its own keys of sshd, which its package makes when it is
 * installed: in a tree they would be the same for all machines, and for everybody to read. Nothing
 * where there is no sshd. Pure.
 */
export function sshHostKeyUnits(entries: readonly OsTreeEntry[]): GeneratedText[] {
  if (!entries.some(({ path }) => path === 'usr/sbin/sshd')) return [];
  const files: readonly (readonly [path: string, text: string])[] = [
    [service, unit],
    ...servers.map(name => [`${name}.d/genctl.conf`, dropIn] as const),
  ];
  return files.map(([path, text]) => ({ path: `systemd/system/${path}`, text, mode: 0o644 }));
}
