import { foldersAbove } from '../activation/etc-tree.ts';
import type { Folder } from '../host/folder.ts';
import { copyOf, folderOf, type Tree } from '../store/tree.ts';

/**
 * Those of lower things that nothing above takes the place of: what is at the same path, in the
 * place of a folder of theirs, or a folder in their place. Pure.
 */
export function notCovered<T extends { path: string }>(
  lower: readonly T[],
  above: readonly { path: string }[],
): T[] {
  const paths = new Set(above.map(({ path }) => path));
  const folders = new Set(above.flatMap(({ path }) => foldersAbove(path)));
  return lower.filter(
    ({ path }) =>
      !paths.has(path) && !folders.has(path) && !foldersAbove(path).some(at => paths.has(at)),
  );
}

/** A file of a layer, and the folder of the host that has it at the same path. */
export interface LayerFile {
  path: string;
  content: { text: string } | { below: Folder };
}

/** Folders that are held open for a tree that is copied from them. */
export class OpenFolders implements Disposable {
  readonly #open = new Map<string, Folder>();

  /** The folder of a path below another one, opened once. */
  above(top: Folder, path: string): Folder {
    const at = path.lastIndexOf('/');
    if (at < 0) return top;
    const parent = path.slice(0, at);
    const key = `${top.path}\0${parent}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const made = this.above(top, parent).open(parent.slice(parent.lastIndexOf('/') + 1));
    this.#open.set(key, made);
    return made;
  }

  [Symbol.dispose](): void {
    for (const folder of this.#open.values()) folder[Symbol.dispose]();
    this.#open.clear();
  }
}

/**
 * One tree of files that come from several folders.
 *
 * @param folders what it opens, which has to stay open until the tree is stored
 */
export function layeredTree(files: readonly LayerFile[], folders: OpenFolders): Tree {
  return folderAt(
    files.map(({ path, content }) => ({
      names: path.split('/'),
      tree:
        'text' in content
          ? { kind: 'file', content: Buffer.from(content.text), executable: false }
          : copyOf(folders.above(content.below, path), path.slice(path.lastIndexOf('/') + 1)),
    })),
  );
}

interface Placed {
  /** What is left of the path. */
  names: readonly string[];
  tree: Tree;
}

function folderAt(placed: readonly Placed[]): Tree {
  const entries = new Map<string, Tree>();
  const below = new Map<string, Placed[]>();
  for (const { names, tree } of placed) {
    const [first = '', ...rest] = names;
    if (rest.length === 0) {
      entries.set(first, tree);
      continue;
    }
    const inside = below.get(first);
    if (inside === undefined) below.set(first, [{ names: rest, tree }]);
    else inside.push({ names: rest, tree });
  }
  for (const [name, inside] of below) entries.set(name, folderAt(inside));
  return folderOf(entries);
}
