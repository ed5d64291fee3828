import { randomBytes } from 'node:crypto';
import { exitCodes, GenctlError } from '../errors.ts';
import type { Folder } from './folder.ts';
import { bootId, processStartTicks } from './processes.ts';
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
  verb: string;
  /** Seconds since the epoch. */
  since: number;
}

/** The right to change one root. Given back by `using`. */
export class Lock implements Disposable {
  readonly #folder: Folder;

  private constructor(folder: Folder) {
    this.#folder = folder;
  }

  /**
   * Takes the lock of a root, or refuses at once. A lock is a file under a second, fixed name:
   * link(2) fails where the name exists, so exactly one process gets it, with its content whole.
   *
   * @throws GenctlError LOCKED with exit code 75, naming the holder
   */
  static take(root: Root, verb: string): Lock {
    const folder = root.folderOrMake(lockFolder);
    const me: Holder = {
      pid: process.pid,
      startTicks: processStartTicks(process.pid) ?? '',
      bootId: bootId(),
      verb,
      since: Math.floor(Date.now() / 1000),
    };
    const draft = `lock.${process.pid}.${randomBytes(4).toString('hex')}`;
    folder.createUnsynced(draft, Buffer.from(`${JSON.stringify(me)}\n`));
    try {
      for (;;) {
        if (tryLink(folder, draft)) {
          folder.removeFile(draft);
          return new Lock(folder);
        }
        const text = folder.readFileIfThere(lockName, 4096)?.toString('utf8');
        // Given back meanwhile: what is there in a moment may be somebody's new one.
        if (text === undefined) continue;
        const holder = holderOf(text);
        if (holder !== undefined && isAlive(holder)) throw lockedError(holder);
        removeDead(folder, text);
      }
    } catch (thrown) {
      folder.removeFile(draft);
      folder[Symbol.dispose]();
      throw thrown;
    }
  }

  [Symbol.dispose](): void {
    this.#folder.removeFile(lockName);
    this.#folder[Symbol.dispose]();
  }
}

function tryLink(folder: Folder, draft: string): boolean {
  try {
    folder.makeHardLink(folder, draft, lockName);
    return true;
  } catch (thrown) {
    if (thrown instanceof GenctlError && thrown.code === 'FILE_EXISTS') return false;
    throw thrown;
  }
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
  return holder.bootId === bootId() && processStartTicks(holder.pid) === holder.startTicks;
}

/**
 * Takes a dead holder's lock out of the way. Somebody else may do the same at this moment and
 * lock anew, so what was moved aside is looked at again and put back if it is alive.
 */
function removeDead(folder: Folder, seen: string): void {
  const aside = `dead.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    folder.rename(lockName, aside);
  } catch (thrown) {
    if (thrown instanceof GenctlError && thrown.code === 'FILE_MISSING') return;
    throw thrown;
  }
  const text = folder.readFile(aside, 4096).toString('utf8');
  if (text !== seen) folder.makeHardLink(folder, aside, lockName);
  folder.removeFile(aside);
}

function lockedError(holder: Holder): GenctlError {
  const ageSeconds = Math.max(0, Math.floor(Date.now() / 1000) - holder.since);
  return new GenctlError(
    'LOCKED',
    `another genctl is at work: \`genctl ${holder.verb}\`, pid ${holder.pid}, holds the lock for ${ageSeconds} s`,
    {
      exitCode: exitCodes.locked,
      hint: `Wait until it has finished, or look at it: ps -fp ${holder.pid}`,
    },
  );
}
