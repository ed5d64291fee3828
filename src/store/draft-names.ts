import { randomBytes } from 'node:crypto';
import { Folder } from '../host/folder.ts';
import { bootId, processStartTicks } from '../host/processes.ts';

const prefix = '.genctl-draft-';

/**
 * A name for what is being made or removed in the store. It is no store path's (those have no
 * leading dot), and it says whose it is: by boot, pid namespace, process and start of the process.
 */
export function newDraftName(): string {
  return prefix + [...ownIdentity(), randomBytes(4).toString('hex')].join('-');
}

/**
 * Whether a name is a draft's whose maker is gone. The draft of a process in another pid namespace
 * of the same boot is not for us to judge.
 */
export function isStaleDraft(name: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const [boot, namespace, pid, startTicks] = name.slice(prefix.length).split('-');
  if (pid === undefined || startTicks === undefined) return false;
  const [ownBoot, ownNamespace] = ownIdentity();
  if (boot !== ownBoot) return true;
  return namespace === ownNamespace && processStartTicks(Number(pid)) !== startTicks;
}

function ownIdentity(): [boot: string, namespace: string, pid: string, startTicks: string] {
  using proc = Folder.atHostPath('/proc');
  using namespaces = Folder.atHostPath('/proc/self/ns');
  const pid = proc.readLink('self');
  return [
    bootId().slice(0, 8),
    namespaces.readLink('pid').replaceAll(/\D/g, ''),
    pid,
    processStartTicks(Number(pid)) ?? '',
  ];
}
