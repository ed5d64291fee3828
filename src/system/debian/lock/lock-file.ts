import { type Root, split } from '../../../host/root.ts';
import { writeWhole } from '../../../host/write-whole.ts';
import type { Lock } from './lock.ts';
import { parseLock } from './parse-lock.ts';
import { renderLock } from './render-lock.ts';

const lockName = 'genctl.lock';
/** Several thousand packages take less than 2 MiB. */
const longestBytes = 16 << 20;

/** Where the lock of a declaration is, a logical path. */
export function lockPath(configFolder: string): string {
  return `${configFolder}/${lockName}`;
}

/**
 * The lock beside a declaration; undefined where nothing was locked yet.
 *
 * @param configFolder a logical path
 * @throws GenctlError LOCK_INVALID, LOCK_NEWER
 */
export function readLock(root: Root, configFolder: string): Lock | undefined {
  const path = lockPath(configFolder);
  const bytes = root.readFileIfThere(path, longestBytes);
  return bytes === undefined ? undefined : parseLock(bytes.toString('utf8'), root.onHost(path));
}

/**
 * Writes the lock, so that its name always leads to a whole one. What is the same already is left
 * alone; a name that is a link stays one.
 */
export function writeLock(root: Root, configFolder: string, lock: Lock): void {
  const text = renderLock(lock);
  const path = lockPath(configFolder);
  const before = root.readFileIfThere(path, longestBytes)?.toString('utf8');
  if (before === text) return;
  const { parent, name } = split(before === undefined ? path : root.realPath(path));
  using folder = root.folderOrMake(parent);
  writeWhole(folder, name, text);
}
