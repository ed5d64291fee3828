import { isUtf8 } from 'node:buffer';
import { GenctlError } from '../../errors.ts';
import { type Attributes, readAttributes } from '../../host/extended-attributes.ts';
import type { FileKind, FileStat, Folder, Name, OpenFile } from '../../host/folder.ts';
import { unsupportedKind } from '../nar.ts';
import { ContentDigest } from './content-digest.ts';
import type { OsTreeEntry, OsTreeFile } from './os-tree-entry.ts';

/** An entry as it was found. */
export interface FoundEntry {
  entry: OsTreeEntry;
  /** Undefined for a file that was not looked at, as it is known to be another tree's. */
  stat: FileStat | undefined;
}

/** What is known of the file of a path without reading it; undefined where nothing is. */
export type KnownFile = (path: string) => OsTreeFile | undefined;

const nothingKnown: KnownFile = () => undefined;

/**
 * Looks at all of a tree, links not followed, and reads each file once; one with several names
 * once, too. Folders come before what is in them.
 *
 * @throws GenctlError FILE_KIND_UNSUPPORTED, FILE_CHANGED, FILE_MISSING, TREE_NAME_INVALID,
 *   PROGRAM_MISSING where the package `attr` is missing
 */
export async function readOsTree(
  folder: Folder,
  name: Name,
  known: KnownFile = nothingKnown,
): Promise<FoundEntry[]> {
  const attributes = await readAttributes(`${folder.realPath}/${name.toString()}`);
  const reader = new Reader(attributes, known);
  reader.read(folder, name, folder.stat(name)?.kind, '');
  return reader.found;
}

class Reader {
  readonly found: FoundEntry[] = [];
  readonly #attributes: ReadonlyMap<string, Attributes>;
  readonly #known: KnownFile;
  readonly #contentDigest = new ContentDigest();
  /** The hashes of files with several names, by device and inode. */
  readonly #digests = new Map<string, string>();

  constructor(attributes: ReadonlyMap<string, Attributes>, known: KnownFile) {
    this.#attributes = attributes;
    this.#known = known;
  }

  /** @param path from the top of the tree */
  read(parent: Folder, name: Name, kind: FileKind | undefined, path: string): void {
    switch (kind) {
      case 'file':
        return this.#file(parent, name, path);
      case 'folder':
        return this.#folder(parent, name, path);
      case 'link':
        return this.#link(parent, name, path);
      case 'other':
        throw unsupportedKind(parent, name);
      case undefined:
        throw missing(parent, name);
    }
  }

  #file(parent: Folder, name: Name, path: string): void {
    const known = this.#known(path);
    if (known !== undefined) {
      this.found.push({ entry: known, stat: undefined });
      return;
    }
    using file = parent.openFile(name);
    const stat = file.stat();
    if (stat.kind !== 'file') throw unsupportedKind(parent, name);
    const { mode, uid, gid, sizeBytes } = stat;
    const sha256 = this.#digest(file, stat);
    const attributes = this.#attributesOf(path);
    const entry = { kind: 'file', path, mode, uid, gid, attributes, sizeBytes, sha256 } as const;
    this.found.push({ entry, stat });
  }

  #folder(parent: Folder, name: Name, path: string): void {
    using folder = parent.open(name);
    const stat = folder.statSelf();
    const { mode, uid, gid } = stat;
    const attributes = this.#attributesOf(path);
    this.found.push({ entry: { kind: 'folder', path, mode, uid, gid, attributes }, stat });
    for (const inner of folder.rawEntries()) {
      if (!isUtf8(inner.name)) throw notText(folder.join(inner.name), 'its name');
      const text = inner.name.toString();
      this.read(folder, text, inner.kind, path === '' ? text : `${path}/${text}`);
    }
  }

  #link(parent: Folder, name: Name, path: string): void {
    const stat = parent.stat(name);
    if (stat === undefined) throw missing(parent, name);
    const target = parent.readLinkRaw(name);
    if (!isUtf8(target)) throw notText(parent.join(name), 'what it leads to');
    const { uid, gid } = stat;
    this.found.push({ entry: { kind: 'link', path, uid, gid, target: target.toString() }, stat });
  }

  #attributesOf(path: string): Attributes {
    const all = this.#attributes.get(path);
    return all === undefined ? none : new Map([...all].filter(([name]) => isKept(name)));
  }

  /** SHA-256 of a file's content, hexadecimal. */
  #digest(file: OpenFile, { sizeBytes, device, inode, links }: FileStat): string {
    const key = links > 1 ? `${device}:${inode}` : undefined;
    const read = key === undefined ? undefined : this.#digests.get(key);
    if (read !== undefined) return read;
    const content = this.#contentDigest.of(file);
    if (content.sizeBytes !== sizeBytes) throw fileChanged(file.path);
    if (key !== undefined) this.#digests.set(key, content.sha256);
    return content.sha256;
  }
}

/** The error for a file that somebody writes into while it is added. */
export function fileChanged(path: string): GenctlError {
  return new GenctlError('FILE_CHANGED', `cannot store ${path}: it changed while it was read`, {
    hint: 'Try again when nothing writes into it.',
  });
}

const none: Attributes = new Map();

/** What overlayfs notes in a user namespace, where `trusted.overlay.` is out of reach. */
const overlayNotes = 'user.overlay.';

/**
 * What a package can mean by an attribute: capabilities, access control lists, a program's own.
 * All others are of the machine that a tree was made on: labels of its security policy, and what
 * its file systems note for themselves.
 */
function isKept(name: string): boolean {
  return (
    name === 'security.capability' ||
    (name.startsWith('user.') && !name.startsWith(overlayNotes)) ||
    name.startsWith('system.posix_acl_')
  );
}

function notText(path: string, what: string): GenctlError {
  return new GenctlError('TREE_NAME_INVALID', `cannot store ${path}: ${what} is no UTF-8`, {
    hint: 'Rename it, or leave it out.',
  });
}

function missing(parent: Folder, name: Name): GenctlError {
  return new GenctlError(
    'FILE_MISSING',
    `cannot store ${parent.join(name)}: there is no such file`,
  );
}
