import { GenctlError } from '../errors.ts';
import type { Folder, Name } from '../host/folder.ts';

/**
 * What a store path is to hold: described in memory, copied from the host, or any mixture. Only
 * what a NAR can hold counts: kinds, names, content, link targets and whether a file can be
 * executed; owners, times and other modes are dropped.
 */
export type Tree = TreeFile | TreeFolder | TreeLink | TreeCopy;

export interface TreeFile {
  kind: 'file';
  content: Buffer;
  executable: boolean;
}

export interface TreeFolder {
  kind: 'folder';
  /** By name: one path component, in any order. */
  entries: ReadonlyMap<string, Tree>;
}

export interface TreeLink {
  kind: 'link';
  target: Buffer;
}

/** What is of that name in a folder of the host, with all below it. Links are copied as links. */
export interface TreeCopy {
  kind: 'copy';
  folder: Folder;
  name: Name;
}

/** A file of a text or of bytes. */
export function fileOf(content: string | Uint8Array, { executable = false } = {}): TreeFile {
  return { kind: 'file', content: Buffer.from(content as Uint8Array), executable };
}

/** A folder of entries given by name. */
export function folderOf(
  entries: Readonly<Record<string, Tree>> | Iterable<readonly [string, Tree]>,
): TreeFolder {
  const pairs = Symbol.iterator in entries ? entries : Object.entries(entries);
  return { kind: 'folder', entries: new Map(pairs) };
}

/** A symbolic link. The target need not exist. */
export function linkTo(target: string | Uint8Array): TreeLink {
  return { kind: 'link', target: Buffer.from(target as Uint8Array) };
}

/** A copy of what a folder of the host holds under a name. The folder must stay open until then. */
export function copyOf(folder: Folder, name: Name): TreeCopy {
  return { kind: 'copy', folder, name };
}

/**
 * The entries of a folder in the order of a NAR: by the bytes of their names.
 *
 * @throws GenctlError TREE_NAME_INVALID
 */
export function sortedEntries(folder: TreeFolder): { name: Buffer; tree: Tree }[] {
  const sorted = Array.from(folder.entries, ([text, tree]) => ({ name: Buffer.from(text), tree }));
  sorted.sort((left, right) => Buffer.compare(left.name, right.name));
  let before: Buffer | undefined;
  for (const { name } of sorted) {
    const text = name.toString();
    const bad = text === '' || text === '.' || text === '..' || /[/\0]/.test(text);
    if (bad || before?.equals(name)) {
      throw new GenctlError(
        'TREE_NAME_INVALID',
        `cannot store a file named ${JSON.stringify(text)}: ${bad ? 'that is not the name of one file' : 'there are two of that name'}`,
      );
    }
    before = name;
  }
  return sorted;
}
