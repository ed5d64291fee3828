import * as fs from 'node:fs';
import * as path from 'node:path';
import type { RunOptions, Sandbox } from './sandbox.ts';

/**
 * Lets something happen at a stage of a transaction: each ends with its volume synced by
 * `sync -f`, a program that tests can put their own in the place of.
 *
 * @param hostPath the top of the volume
 * @param nth which of its syncs; further ones do nothing
 * @param action shell that runs before the sync; genctl is `$PPID`
 */
export function atSync(sandbox: Sandbox, hostPath: string, nth: number, action: string) {
  const folder = programsOf(sandbox);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  const count = path.join(folder, 'count');
  const script = [
    '#!/bin/sh',
    `if [ "$2" = '${hostPath}' ]; then`,
    `  echo x >>${count}`,
    `  if [ "$(wc -l <${count})" = ${nth} ]; then ${action}; fi`,
    'fi',
    'exec /usr/bin/sync "$@"',
  ];
  fs.writeFileSync(path.join(folder, 'sync'), `${script.join('\n')}\n`, { mode: 0o755 });
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin' } = process.env;
  return { env: { PATH: `${folder}:${PATH}` } } satisfies RunOptions;
}

/** How many syncs of that volume there were. */
export function syncCount(sandbox: Sandbox): number {
  const count = path.join(programsOf(sandbox), 'count');
  return fs.existsSync(count) ? fs.readFileSync(count, 'utf8').length / 2 : 0;
}

function programsOf(sandbox: Sandbox): string {
  return path.join(sandbox.folder, 'programs');
}
