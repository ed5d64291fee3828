import { GenctlError } from '../../errors.ts';
import { byBytes } from '../../host/folder.ts';
import type { FileTree } from './file-tree.ts';
import type { TreeEntries, TreeEntry } from './tree-entry.ts';

/** Linux's own limit of links in one path (path_resolution(7)). */
const maxLinks = 40;

/** Parts of a path and of all links in it; the paths of /sys have a dozen. */
const maxSteps = 400;

/** Of what a link says; the longest in /sys have some 300 characters. */
const maxTargetLength = 1024;

/** A machine with thousands of devices has some 100,000; more is no machine. */
const maxNodes = 500_000;

type Node = MemoryFolder | Exclude<TreeEntry, { kind: 'folder' }>;

interface MemoryFolder {
  readonly kind: 'folder';
  readonly name: string;
  /** Undefined: the top. */
  readonly parent: MemoryFolder | undefined;
  readonly children: Map<string, Node>;
  /** In byte order, made when somebody asks. */
  names: readonly string[] | undefined;
}

/** Where the walk along a path ended. */
interface Place {
  readonly node: MemoryFolder | { readonly kind: 'file'; readonly bytes: Uint8Array };
  readonly folder: MemoryFolder;
  /** Inside `folder`; undefined: the folder itself. */
  readonly name: string | undefined;
}

/**
 * A tree of files in memory. Links are followed inside it, as in a root of its own: `..` stays
 * below its top, and a link that leads round in circles leads nowhere.
 */
export class MemoryTree implements FileTree {
  readonly unreadable: readonly string[];
  readonly #top: MemoryFolder = newFolder('', undefined);
  #nodes = 0;

  /**
   * @param entries of several at one path the last one counts
   * @param unreadable paths of what should be there and is not
   * @throws GenctlError SOURCE_TOO_LARGE
   */
  constructor(entries: TreeEntries, unreadable: Iterable<string> = []) {
    for (const [path, entry] of entries) this.#put(path, entry);
    this.unreadable = [...new Set(unreadable)].toSorted(byBytes);
  }

  /**
   * The same for files that were taken from a machine a few at a time. In /sys every link leads
   * somewhere; what was not taken is put there as an empty folder, so that where links lead, which
   * is most of what they say, is known all the same.
   */
  static withEndsOfLinks(
    entries: ReadonlyMap<string, TreeEntry>,
    unreadable: Iterable<string> = [],
  ): MemoryTree {
    const tree = new MemoryTree(entries, unreadable);
    for (const [path, entry] of entries) {
      if (entry.kind === 'link') tree.#walk(path, (folder, name) => tree.#folderIn(folder, name));
    }
    return tree;
  }

  names(path: string): readonly string[] {
    const node = this.#walk(path)?.node;
    if (node?.kind !== 'folder') return [];
    node.names ??= [...node.children.keys()].toSorted(byBytes);
    return node.names;
  }

  text(path: string): string | undefined {
    const bytes = this.bytes(path);
    if (bytes === undefined) return undefined;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  }

  bytes(path: string): Uint8Array | undefined {
    const node = this.#walk(path)?.node;
    return node?.kind === 'file' ? node.bytes : undefined;
  }

  realPath(path: string): string | undefined {
    const place = this.#walk(path);
    if (place === undefined) return undefined;
    const parts = place.name === undefined ? [] : [place.name];
    for (let at: MemoryFolder | undefined = place.folder; at?.parent !== undefined; at = at.parent)
      parts.push(at.name);
    return `/${parts.toReversed().join('/')}`;
  }

  /** By the entry's own path: no link is followed to its place. */
  #put(path: string, entry: TreeEntry): void {
    const parts = path.split('/').filter(isName);
    const last = parts.pop();
    let folder = this.#top;
    for (const part of parts) folder = this.#folderIn(folder, part);
    if (last === undefined) return;
    if (entry.kind === 'folder') {
      this.#folderIn(folder, last);
    } else {
      this.#count();
      folder.children.set(last, entry);
    }
  }

  /** The folder of that name; one that is missing is made, in place of anything else. */
  #folderIn(parent: MemoryFolder, name: string): MemoryFolder {
    const there = parent.children.get(name);
    if (there?.kind === 'folder') return there;
    this.#count();
    const made = newFolder(name, parent);
    parent.children.set(name, made);
    parent.names = undefined;
    return made;
  }

  #count(): void {
    if (++this.#nodes > maxNodes) {
      throw new GenctlError(
        'SOURCE_TOO_LARGE',
        `it holds more than ${maxNodes} files and folders, which no machine has`,
      );
    }
  }

  /** @param missing makes what is missing on the way; without it, the way ends there */
  #walk(
    path: string,
    missing?: (folder: MemoryFolder, name: string) => MemoryFolder,
  ): Place | undefined {
    let folder = this.#top;
    let links = 0;
    let steps = 0;
    const todo = path.split('/').toReversed();
    for (;;) {
      const part = todo.pop();
      if (++steps > maxSteps) return undefined;
      if (part === undefined) return { node: folder, folder, name: undefined };
      if (part === '' || part === '.') continue;
      if (part === '..') {
        folder = folder.parent ?? this.#top;
        continue;
      }
      const node = folder.children.get(part) ?? missing?.(folder, part);
      if (node === undefined) return undefined;
      if (node.kind === 'folder') {
        folder = node;
      } else if (node.kind === 'link') {
        if (++links > maxLinks || node.target.length > maxTargetLength) return undefined;
        if (node.target.startsWith('/')) folder = this.#top;
        for (const next of node.target.split('/').toReversed()) todo.push(next);
      } else {
        return todo.every(rest => rest === '') ? { node, folder, name: part } : undefined;
      }
    }
  }
}

function newFolder(name: string, parent: MemoryFolder | undefined): MemoryFolder {
  return { kind: 'folder', name, parent, children: new Map(), names: undefined };
}

function isName(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..';
}
