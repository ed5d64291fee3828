// Folders for what is thrown away afterwards: disk images, staged trees, firmware variables.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statfsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atProcessEnd } from './at-process-end.ts';
import { runTool } from './run-tool.ts';

/**
 * Memory where there is enough for the machines of two test files, 2 GiB each and what others have
 * there (containers get 64 MiB): images are written and read whole.
 */
const workBase: string = freeBytes('/dev/shm') > 6 * 1024 ** 3 ? '/dev/shm' : tmpdir();

export interface WorkFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes an empty folder that is removed with all its content when it is disposed of. */
export async function makeWorkFolder(name: string): Promise<WorkFolder> {
  const path = await mkdtemp(join(workBase, `genctl-${name}-`));
  const forget = atProcessEnd(() => {
    spawnSync('chmod', ['-R', 'u+rwX', '--', path], { stdio: 'ignore' });
    rmSync(path, { recursive: true, force: true });
  });
  const dispose = async (): Promise<void> => {
    await removeTree(path);
    forget();
  };
  return { path, [Symbol.asyncDispose]: dispose };
}

/** Removes a tree, store paths without any write bit included. No error where there is none. */
export async function removeTree(path: string): Promise<void> {
  if (!existsSync(path)) return;
  // `chmod -R` does not follow links that it meets inside the tree.
  await runTool('chmod', ['-R', 'u+rwX', '--', path]);
  await rm(path, { recursive: true, force: true });
}

function freeBytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
