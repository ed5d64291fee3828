import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { GenctlError } from '../errors.ts';
import { fileError, ifThere } from './file-error.ts';
import { mountAt, readMounts } from './mounts.ts';
import { ownProgram } from './own-program.ts';
import { effectiveCapabilities } from './processes.ts';
import type { Root } from './root.ts';
import { type RunOptions, type RunResult, run } from './run.ts';
import { ownUnit } from './transient-unit.ts';

/** Tells the process inside which mount namespace it must not be in any more. */
const outerNamespace = 'GENCTL_OUTER_MOUNT_NAMESPACE';

const store = '/nix/store';

/**
 * Whether the store is the running machine's and mounted read-only, as it is at run time, so
 * that it takes a private view of the mounts to add to it.
 */
export function isStoreReadOnly(root: Root): boolean {
  if (!root.isLive) return false;
  return mountAt(readMounts(), storeMountPoint(root))?.options.includes('ro') ?? false;
}

/** Mounts are listed by their own paths, and /nix may be a link to a larger disk. */
function storeMountPoint(root: Root): string {
  return ifThere(() => root.realPath(store), ['FILE_MISSING', 'NOT_A_FOLDER']) ?? store;
}

/** Whether this process is the one inside, started by `rerunWithWritableStore`. */
export function isInside(): boolean {
  const outer = process.env[outerNamespace];
  return outer !== undefined && outer !== mountNamespace('self');
}

/**
 * Runs this same command line again where the store can be written to, in a mount namespace of
 * its own: for everybody else the store stays read-only. Mounts that are made outside still
 * arrive inside.
 *
 * @returns the exit code of the run inside
 * @throws GenctlError NOT_ALLOWED, PROGRAM_MISSING
 */
export async function rerunWithWritableStore(args: readonly string[]): Promise<number> {
  if (!mayMount()) {
    throw new GenctlError(
      'NOT_ALLOWED',
      `${store} is mounted read-only, and only root may make a writable view of it`,
      { hint: 'Run genctl as root.' },
    );
  }
  const words = ['--mount', '--propagation', 'slave', '--', ...ownProgram(), ...args];
  const child = spawn('unshare', words, {
    stdio: 'inherit',
    env: { ...process.env, [outerNamespace]: mountNamespace('self') },
  });
  // Ctrl-C reaches the run inside by itself, from their terminal, and it ends in order; other
  // signals are passed on. In a unit there is no such terminal, and no hangup that counts.
  const passOn = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  const stayAlive = (): void => undefined;
  const hasTerminal = ownUnit() === undefined;
  process
    .on('SIGINT', hasTerminal ? stayAlive : passOn)
    .on('SIGTERM', passOn)
    .on('SIGHUP', hasTerminal ? passOn : stayAlive);
  return await new Promise<number>((resolve, reject) => {
    child.on('error', cause => {
      reject(
        new GenctlError('PROGRAM_MISSING', `unshare: ${cause.message}`, {
          cause,
          hint: 'Install it: apt-get install util-linux',
        }),
      );
    });
    child.on('close', (code, signal) => {
      if (code !== null) resolve(code);
      else reject(new GenctlError('INTERRUPTED', `the run was ended by ${signal}`));
    });
  });
}

/**
 * Runs a program where mounts that it makes are everybody's: outside of the private view that
 * `rerunWithWritableStore` has made, if this process is inside.
 *
 * @throws GenctlError as `run`; OUTSIDE_LOST where nobody is left outside
 */
export async function runOutside(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  if (!isInside()) return await run(program, args, options);
  // Who has started us waits outside. Only where that one was killed is it another one by now.
  const outer = process.env[outerNamespace];
  const target = [process.ppid, 1].find(id => mountNamespace(id) === outer);
  if (target === undefined) {
    throw new GenctlError(
      'OUTSIDE_LOST',
      `${program}: it has to mount what everybody sees, and the run that waited for this one is gone`,
      { hint: 'Run the command again.' },
    );
  }
  const words = ['--target', String(target), '--mount', '--root', '--', program, ...args];
  return await run('nsenter', words, options);
}

/** Makes the store writable for this process alone. */
export async function makeStoreWritable(root: Root): Promise<void> {
  await run('mount', ['-o', 'remount,bind,rw', storeMountPoint(root)]);
}

/** CAP_SYS_ADMIN, by its number in capabilities(7): root in a container may lack it. */
const sysAdmin = 1n << 21n;

function mayMount(): boolean {
  return (effectiveCapabilities() & sysAdmin) !== 0n;
}

/** Undefined where there is no such process any more, or one that nobody may look into. */
function mountNamespace(id: number | 'self'): string | undefined {
  const link = `/proc/${id}/ns/mnt`;
  const read = (): string => {
    try {
      return readlinkSync(link);
    } catch (thrown) {
      throw fileError('read', link, thrown);
    }
  };
  return ifThere(read, ['FILE_MISSING', 'NOT_ALLOWED']);
}
