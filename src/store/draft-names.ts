import { randomBytes } from 'node:crypto';
import { Folder } from '../host/folder.ts';
import { bootId, processStartTicks } from '../host/processes.ts';

const prefix = '.genctl-draft-';

/**
 * A name for what is being made or removed in the store. It is no store path's (those have no
 * leading dot), and it says whose it is: by boot, pid namespace, process and start of the process.
 */
export function newDraftName(): string {
  return new DraftNames().next();
}

/** Many such names, at little cost each. */
export class DraftNames {
  readonly #stem = `${prefix}${ownMark()}-${randomBytes(4).toString('hex')}`;
  #count = 0;

  next(): string {
    return this.numbered(this.#count++);
  }

  /** The name of a number of the caller's. */
  numbered(number: number): string {
    return `${this.#stem}${number}`;
  }
}

/** Whether a name is a draft's, whoever's. */
export function isDraft(name: string): boolean {
  return name.startsWith(prefix);
}

/** Whether a name is a draft's whose maker is gone. */
export function isStaleDraft(name: string): boolean {
  return isDraft(name) && isGone(name.slice(prefix.length));
}

/** What tells this process from every other one, of other boots and pid namespaces too. */
export function ownMark(): string {
  using proc = Folder.atHostPath('/proc');
  using namespaces = Folder.atHostPath('/proc/self/ns');
  const pid = proc.readLink('self');
  return [
    bootId().slice(0, 8),
    namespaces.readLink('pid').replaceAll(/\D/g, ''),
    pid,
    processStartTicks(Number(pid)) ?? '',
  ].join('-');
}

/**
 * Whether a text that begins with a process's mark says that it has ended. A process in another
 * pid namespace of the same boot is not for us to judge.
 */
export function isGone(mark: string): boolean {
  const [boot, namespace, pid, startTicks] = mark.split('-');
  if (pid === undefined || startTicks === undefined) return false;
  const [ownBoot, ownNamespace] = ownMark().split('-');
  if (boot !== ownBoot) return true;
  return namespace === ownNamespace && processStartTicks(Number(pid)) !== startTicks;
}
