import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as assert from 'uvu/assert';

/** Every system call that changes something, but for opening a file, which a write follows. */
const calls =
  'rename,renameat,renameat2,link,linkat,fsync,mkdir,mkdirat,symlink,symlinkat,chmod,fchmodat,lchown,fchownat,utimensat,unlink,unlinkat,rmdir,write';

/** Whether system calls can be seen here, and a process killed at one. */
export const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

/** One call of the child's main thread: the n-th of that name. */
export interface Call {
  name: string;
  occurrence: number;
}

/**
 * Runs a script of ours, killed at one of its calls where one is given, and gives those that it
 * came to.
 *
 * @param log a file to write them to
 */
export function runChild(log: string, args: readonly string[], kill?: Call): Call[] {
  const injected = kill && `inject=${kill.name}:signal=KILL:when=${kill.occurrence}`;
  const expressions = ['-e', `trace=${calls}`, ...(injected === undefined ? [] : ['-e', injected])];
  const traced = ['-f', '-o', log, ...expressions, process.execPath, ...args];
  const { status, stderr } = spawnSync('strace', traced);
  if (kill === undefined) assert.is(status, 0, stderr.toString());
  const lines = fs.readFileSync(log, 'utf8').split('\n');
  const pid = lines[0]?.split(' ')[0];
  const counts = new Map<string, number>();
  const made: Call[] = [];
  for (const line of lines) {
    const name = line.startsWith(`${pid} `) ? /^\d+ +(\w+)\(/.exec(line)?.[1] : undefined;
    if (name === undefined) continue;
    const occurrence = (counts.get(name) ?? 0) + 1;
    counts.set(name, occurrence);
    made.push({ name, occurrence });
  }
  return made;
}

/** At most so many calls of them, evenly spread. */
export function spread(all: readonly Call[], share: number): Call[] {
  const every = Math.max(1, Math.ceil(all.length / share));
  return all.filter((_, index) => index % every === 0);
}
