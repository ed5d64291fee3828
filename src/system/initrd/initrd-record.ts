import { createHash } from 'node:crypto';
import type { Root } from '../../host/root.ts';
import { isStorePath, type StorePath } from '../../store/store-path.ts';

/** One file for each set of inputs: which store path came of them. They can be deleted at any time. */
const recordsFolder = '/nix/var/genctl/initrds';

/** The name of what a set of inputs comes to: a hash over them in their order. Pure. */
export function inputsHash(inputs: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/** What stands for a file among the inputs. Pure. */
export function contentHash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The store path that came of these inputs, which may be gone; undefined where none is recorded. */
export function recordedInitrd(root: Root, hash: string): StorePath | undefined {
  const text = root.readFileIfThere(`${recordsFolder}/${hash}.json`)?.toString();
  try {
    const record: unknown = JSON.parse(text ?? '');
    if (typeof record !== 'object' || record === null) return undefined;
    const { version, path } = record as { version?: unknown; path?: unknown };
    return version === 1 && typeof path === 'string' && isStorePath(path) ? path : undefined;
  } catch {
    // Half written, or somebody else's: the initrd is made anew.
    return undefined;
  }
}

/** Remembers which store path came of inputs. */
export function recordInitrd(root: Root, hash: string, path: StorePath): void {
  using folder = root.folderOrMake(recordsFolder);
  const name = `${hash}.json`;
  folder.removeTree(name);
  folder.createFile(name, Buffer.from(`${JSON.stringify({ version: 1, path })}\n`));
}
