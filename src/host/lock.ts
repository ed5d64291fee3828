import { createHash, randomBytes } from 'node:crypto';
import { exitCodes, GenctlError } from '../errors.ts';
import type { Folder } from './folder.ts';
import { bootId, pidNamespace, processStartTicks } from './processes.ts';
import type { Root } from './root.ts';

/** Below /run, so that no lock outlives the boot it was taken in. */
const lockFolder = '/run/genctl';
const lockName = 'lock';

/** Who holds a lock. A pid alone would be somebody else's after a while. */
interface Holder {
  pid: number;
  /** Start of the process in clock ticks since boot (proc(5), stat, field 22). */
  startTicks: string;
  bootId: string;
  /** What the pid is a number of; locks of an older genctl lack it. */
  pidNamespace?: string;
  verb: string;
  /** Seconds since the epoch. */
  since: number;
}

/** The right to change one root. Given back by `using`. */
export class Lock implements Disposable {
  readonly #folder: Folder;
  readonly #text: string;
  #isHeld = true;

  private constructor(folder: Folder, text: string) {
    this.#folder = folder;
    this.#text = text;
  }

  /**
   * Takes the lock of a root, or refuses at once. A lock is a file under a second, fixed name:
   * link(2) fails where the name exists, so exactly one process gets it, with its content whole.
   *
   * @throws GenctlError LOCKED with exit code 75, naming the holder
   */
  static take(root: Root, verb: string): Lock {
    const folder = root.folderOrMake(lockFolder);
    // The draft's name makes the content nobody else's, so that it can be told from any other.
    const draft = `lock.${process.pid}.${randomBytes(4).toString('hex')}`;
    const text = `${JSON.stringify({ ...thisProcess(verb), draft })}\n`;
    folder.createUnsynced(draft, Buffer.from(text));
    try {
      for (;;) {
        if (tryLink(folder, draft, lockName)) {
          folder.removeFile(draft);
          return new Lock(folder, text);
        }
        const theirs = readText(folder, lockName);
        // Given back meanwhile: what is there in a moment may be somebody's new one.
        if (theirs === undefined) continue;
        const holder = liveHolderOf(theirs);
        if (holder !== undefined) throw lockedError(holder, folder);
        removeDead(folder, lockName, theirs, draft);
      }
    } catch (thrown) {
      folder.removeFile(draft);
      folder[Symbol.dispose]();
      throw thrown;
    }
  }

  /**
   * Gives back what is still ours: somebody may have removed the file by hand, and locked anew.
   * Once is enough.
   */
  [Symbol.dispose](): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    using folder = this.#folder;
    if (readText(folder, lockName) === this.#text) folder.removeFile(lockName);
  }
}

function thisProcess(verb: string): Holder {
  return {
    pid: process.pid,
    startTicks: processStartTicks(process.pid) ?? '',
    bootId: bootId(),
    pidNamespace: pidNamespace(),
    verb,
    since: Math.floor(Date.now() / 1000),
  };
}

function tryLink(folder: Folder, draft: string, name: string): boolean {
  try {
    folder.makeHardLink(folder, draft, name);
    return true;
  } catch (thrown) {
    if (thrown instanceof GenctlError && thrown.code === 'FILE_EXISTS') return false;
    throw thrown;
  }
}

function readText(folder: Folder, name: string): string | undefined {
  return folder.readFileIfThere(name, 4096)?.toString('utf8');
}

/** Who holds a lock of this content; undefined where that process has ended. */
function liveHolderOf(text: string): Holder | undefined {
  const holder = holderOf(text);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

function holderOf(text: string): Holder | undefined {
  try {
    return (JSON.parse(text) as Holder | null) ?? undefined;
  } catch {
    // Locks are linked whole, so this one was torn by a crash of the machine: nobody holds it.
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.bootId !== bootId()) return false;
  return isElsewhere(holder) || processStartTicks(holder.pid) === holder.startTicks;
}

/** Of a process in another pid namespace, a container's, nothing can be seen from here. */
function isElsewhere({ pidNamespace: theirs }: Holder): boolean {
  return theirs !== undefined && theirs !== pidNamespace();
}

/**
 * Takes a dead holder's lock away. Between the look at it and its removal somebody else may have
 * removed it and locked anew, so that needs a guard: a second lock, named by the content of the
 * dead one. Nobody without it removes this very lock, so what its holder sees stays as it is. A
 * guard whose own holder is dead goes the same way.
 *
 * @throws GenctlError LOCKED while somebody else is at it
 */
function removeDead(folder: Folder, name: string, text: string, draft: string): void {
  const guard = `guard.${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  if (!tryLink(folder, draft, guard)) {
    const theirs = readText(folder, guard);
    if (theirs === undefined) return;
    const holder = liveHolderOf(theirs);
    if (holder !== undefined) throw lockedError(holder, folder);
    removeDead(folder, guard, theirs, draft);
    return;
  }
  try {
    if (readText(folder, name) === text) folder.removeFile(name);
  } finally {
    folder.removeFile(guard);
  }
}

function lockedError(holder: Holder, folder: Folder): GenctlError {
  const ageSeconds = Math.max(0, Math.floor(Date.now() / 1000) - holder.since);
  const [who, hint] = isElsewhere(holder)
    ? [
        `pid ${holder.pid} of another pid namespace (a container)`,
        `Wait until it has finished. Whether it still runs cannot be seen from here: if that container is gone, remove ${folder.join(lockName)}`,
      ]
    : [`pid ${holder.pid}`, `Wait until it has finished, or look at it: ps -fp ${holder.pid}`];
  return new GenctlError(
    'LOCKED',
    `another genctl is at work: \`genctl ${holder.verb}\`, ${who}, holds the lock for ${ageSeconds} s`,
    { exitCode: exitCodes.locked, hint },
  );
}
