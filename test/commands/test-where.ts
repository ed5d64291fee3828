import { spawnSync } from 'node:child_process';
import { test } from 'uvu';

/** A test that needs something of the machine: without that it is skipped, by name. */
export function testWhere(
  isThere: boolean,
  lack: string,
  name: string,
  work: () => void | Promise<void>,
): void {
  if (isThere) {
    test(name, work);
    return;
  }
  process.stdout.write(`skipped, ${lack}: ${name}\n`);
  test.skip(name, work);
}

export function hasProgram(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}

const asRoot = process.getuid?.() === 0;

/** What makes a mount namespace of one's own, as root or as a user who becomes root in it. */
export const ownMounts: readonly string[] = asRoot
  ? ['unshare', '--mount']
  : ['unshare', '--mount', '--map-root-user'];

export const canMount: boolean = hasProgram(
  ownMounts[0] ?? '',
  ...ownMounts.slice(1),
  'mount',
  '-t',
  'tmpfs',
  'tmpfs',
  '/mnt',
);

/** A wrapper that runs commands of the shell in a mount namespace of its own, then the program. */
export function withMounts(script: string): { wrapper: readonly string[] } {
  return { wrapper: [...ownMounts, 'sh', '-c', `set -e; ${script}; "$@"`, 'sh'] };
}
