import { realpathSync } from 'node:fs';
import { isSea } from 'node:sea';
import { fileError } from './file-error.ts';

/** The words that start this same program again: Node and the script, or the one executable. */
export function ownProgram(): string[] {
  const paths = isSea() ? [process.execPath] : [process.execPath, process.argv[1] ?? ''];
  return paths.map(path => {
    try {
      return realpathSync(path);
    } catch (thrown) {
      throw fileError('find', path, thrown);
    }
  });
}
