import * as fs from 'node:fs';

/** Whether something is at a path that is no folder; links are followed. Nothing throws. */
export function isSingleFile(path: string): boolean {
  try {
    return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    return false;
  }
}
