import { type Finding, GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import { run } from '../host/run.ts';
import { removeDrafts } from './stale-drafts.ts';

/** From so many on, a program that does nothing else is worth its start. */
const manyTrees = 200;

/** Names in one command line: far below what the kernel takes. */
const namesPerRun = 2000;

/**
 * Prints the size of each file whose last name this is, and removes everything of this file
 * system.
 */
const removal = [
  '-xdev',
  '(',
  '-type',
  'f',
  '-links',
  '1',
  '-printf',
  '%s\\n',
  ',',
  '-true',
  ')',
  '-delete',
];

/**
 * Removes many trees of a folder: by find(1), which takes half the time and leaves us another
 * processor to go on with. What that does not do (it may be missing, or a smaller one, or stopped by
 * folders without write bits) is done here.
 *
 * @param hostPath the folder's own path, for a program
 * @returns the bytes of the files whose last name was removed, and which trees are left
 */
export async function removeTrees(
  folder: Folder,
  hostPath: string,
  names: readonly string[],
): Promise<{ freedBytes: number; findings: Finding[] }> {
  let freedBytes = 0;
  let left: Iterable<string> = names;
  if (names.length >= manyTrees) {
    for (let start = 0; start < names.length; start += namesPerRun) {
      const paths = names.slice(start, start + namesPerRun).map(name => `${hostPath}/${name}`);
      for (const size of await find([...paths, ...removal])) freedBytes += size;
    }
    const wanted = new Set(names);
    left = [...folder.namesUnsorted()].filter(name => wanted.has(name));
  }
  const removed = removeDrafts(folder, left);
  return { freedBytes: freedBytes + removed.freedBytes, findings: removed.findings };
}

async function find(args: readonly string[]): Promise<readonly number[]> {
  try {
    const { stdout } = await run('find', args, { accept: [0, 1], shielded: true });
    return stdout.split('\n').map(Number);
  } catch (thrown) {
    if (thrown instanceof GenctlError && thrown.code === 'PROGRAM_MISSING') return [];
    throw thrown;
  }
}
