import { GenctlError } from '../../errors.ts';
import { byBytes } from '../../host/folder.ts';
import type { FileTree } from './file-tree.ts';
import type { TreeEntries, TreeEntry } from './tree-entry.ts';

/** Links on one way; in /sys there are four at most, from a class to the module of a driver. */
const maxLinks = 10;

/** Parts of a path with what a link in it says; in /sys there are two dozen. */
const maxParts = 64;

/** The longest paths in /sys have some 300 characters. */
const maxPathLength = 1024;

/** A machine with thousands of devices has some 100,000; more is no machine. */
const maxNodes = 500_000;

type Node = MemoryFolder | Exclude<TreeEntry, { kind: 'folder' }>;

interface MemoryFolder {
  readonly kind: 'folder';
  readonly children: string[];
  /** The children in byte order, made when somebody asks. */
  names: readonly string[] | undefined;
}

/** What a path leads to. */
interface Place {
  /** Without links; '' is the top. */
  readonly path: string;
  readonly node: Exclude<Node, { kind: 'link' }>;
}

/** Makes what is missing at a path without links. */
type Make = (path: string) => MemoryFolder;

/**
 * A tree of files in memory. Links are followed inside it, as in a root of its own: `..` stays
 * below its top, and a link that leads round in circles leads nowhere.
 */
export class MemoryTree implements FileTree {
  readonly unreadable: readonly string[];
  /**
   * By their paths without links; '' is the top. One look is enough for most of what probes ask for,
   * and a link of /sys leads to such a path.
   */
  readonly #nodes = new Map<string, Node>([['', newFolder()]]);

  /**
   * @param entries of several at one path the last one counts, but a folder with something in it
   *   stays one, as when a tar is unpacked
   * @param unreadable paths of what should be there and is not
   * @throws GenctlError SOURCE_TOO_LARGE
   */
  constructor(entries: TreeEntries, unreadable: Iterable<string> = []) {
    for (const [path, entry] of entries) {
      if (path.length <= maxPathLength) this.#put(plainPath(path), entry);
    }
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
      if (entry.kind === 'link') tree.#find(path, missing => tree.#folderAt(missing));
    }
    return tree;
  }

  names(path: string): readonly string[] {
    const node = this.#find(path)?.node;
    if (node?.kind !== 'folder') return [];
    node.names ??= node.children.toSorted(byBytes);
    return node.names;
  }

  text(path: string): string | undefined {
    const bytes = this.bytes(path);
    if (bytes === undefined) return undefined;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  }

  bytes(path: string): Uint8Array | undefined {
    const node = this.#find(path)?.node;
    return node?.kind === 'file' ? node.bytes : undefined;
  }

  realPath(path: string): string | undefined {
    const place = this.#find(path);
    return place?.path === '' ? '/' : place?.path;
  }

  #put(path: string, entry: TreeEntry): void {
    if (entry.kind === 'folder') {
      this.#folderAt(path);
      return;
    }
    const there = this.#nodes.get(path);
    if (there?.kind === 'folder' && there.children.length > 0) return;
    if (there === undefined) this.#addToParent(path);
    this.#nodes.set(path, entry);
  }

  /** The folder at a path without links; one that is missing is made, in place of anything else. */
  #folderAt(path: string): MemoryFolder {
    const there = this.#nodes.get(path);
    if (there?.kind === 'folder') return there;
    if (there === undefined) this.#addToParent(path);
    const made = newFolder();
    this.#nodes.set(path, made);
    return made;
  }

  #addToParent(path: string): void {
    if (this.#nodes.size > maxNodes) {
      throw new GenctlError(
        'SOURCE_TOO_LARGE',
        `it holds more than ${maxNodes} files and folders, which no machine has`,
      );
    }
    const slash = path.lastIndexOf('/');
    const parent = this.#folderAt(path.slice(0, slash));
    parent.children.push(path.slice(slash + 1));
    parent.names = undefined;
  }

  /** @param make makes what is missing on the way; without it, the way ends there */
  #find(path: string, make?: Make): Place | undefined {
    let ahead: string | undefined = path;
    for (let links = 0; ahead !== undefined && links <= maxLinks; links += 1) {
      if (ahead.length > maxPathLength) return undefined;
      const node = this.#nodes.get(ahead);
      if (node === undefined)
        ahead = this.#isMissing(ahead, make) ? undefined : this.#withoutFirstLink(ahead, make);
      else if (node.kind === 'link') ahead = targetPath(parentOf(ahead), node.target);
      else return { path: ahead, node };
    }
    return undefined;
  }

  /** A path with the first link in it replaced by what that says; undefined: it leads nowhere. */
  #withoutFirstLink(path: string, make: Make | undefined): string | undefined {
    const parts = path.split('/');
    if (parts.length > maxParts) return undefined;
    let folder = '';
    for (const [at, part] of parts.entries()) {
      if (part === '..') folder = parentOf(folder);
      if (!isName(part)) continue;
      const here = `${folder}/${part}`;
      const node = this.#nodes.get(here) ?? make?.(here);
      if (node === undefined) return undefined;
      if (node.kind === 'folder') {
        folder = here;
        continue;
      }
      const rest = parts.slice(at + 1);
      if (node.kind === 'link') return [targetPath(folder, node.target), ...rest].join('/');
      return rest.every(each => each === '') ? here : undefined;
    }
    return folder;
  }

  /** Most of what is asked for and is not there would be in a folder that is. */
  #isMissing(path: string, make: Make | undefined): boolean {
    const slash = path.lastIndexOf('/');
    return (
      make === undefined &&
      slash >= 0 &&
      isName(path.slice(slash + 1)) &&
      this.#nodes.get(path.slice(0, slash))?.kind === 'folder'
    );
  }
}

/** Where a link leads, as far as its text alone tells. */
function targetPath(folder: string, target: string): string {
  if (target.startsWith('/')) return target;
  let above = folder;
  let at = 0;
  for (; target.startsWith('../', at); at += 3) above = parentOf(above);
  return `${above}/${target.slice(at)}`;
}

function isName(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..';
}

function newFolder(): MemoryFolder {
  return { kind: 'folder', children: [], names: undefined };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** A path without parts that are no names. */
function plainPath(path: string): string {
  const isPlain = !path.includes('/.') && !path.includes('//') && !path.endsWith('/');
  if (isPlain) return path;
  const names = path.split('/').filter(isName);
  return names.map(name => `/${name}`).join('');
}
