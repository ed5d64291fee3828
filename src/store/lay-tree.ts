import { GenctlError } from '../errors.ts';
import type { Folder, Name, OpenFile } from '../host/folder.ts';
import { unsupportedKind } from './nar.ts';
import { withHashPart } from './self-reference.ts';
import { sortedEntries, type Tree } from './tree.ts';

/** Nix's canonical time of everything in the store, in seconds since the epoch. */
const canonicalSeconds = 1;

const copyBufferBytes = 256 << 10;

/** A hash part, and what to write in its place. */
export interface HashPartChange {
  from: string;
  to: string;
}

/**
 * Writes a tree below a folder, under a name that nothing has yet, with a store's canonical
 * metadata: no write bits, time 1, root's where root does it. Nothing is synced.
 *
 * @param change applied to the content of files and to link targets
 * @returns how many files, folders and links were made
 * @throws GenctlError FILE_KIND_UNSUPPORTED, FILE_MISSING, SELF_IN_NAME, TREE_NAME_INVALID, NO_SPACE
 */
export function layTree(tree: Tree, target: Folder, name: Name, change?: HashPartChange): number {
  const layer = new Layer(change);
  layer.lay(tree, target, name);
  return layer.made;
}

/** Makes a tree and all below it durable, one by one. Its own name is not: sync the folder. */
export function syncTree(parent: Folder, name: Name): void {
  const kind = parent.stat(name)?.kind;
  if (kind === 'file') parent.syncFile(name);
  if (kind !== 'folder') return;
  using folder = parent.open(name);
  for (const inner of folder.rawNames()) syncTree(folder, inner);
  folder.sync();
}

class Layer {
  made = 0;
  readonly #change: HashPartChange | undefined;
  readonly #buffer = Buffer.allocUnsafe(copyBufferBytes);

  constructor(change: HashPartChange | undefined) {
    this.#change = change;
  }

  lay(tree: Tree, target: Folder, name: Name): void {
    switch (tree.kind) {
      case 'file':
        return this.#file([tree.content], tree.executable, target, name);
      case 'link':
        return this.#link(tree.target, target, name);
      case 'folder':
        return this.#folder(target, name, made => {
          for (const entry of sortedEntries(tree)) {
            this.#refuseSelf(entry.name, made);
            this.lay(entry.tree, made, entry.name);
          }
        });
      case 'copy':
        return this.#copy(tree.folder, tree.name, target, name);
    }
  }

  #copy(source: Folder, from: Name, target: Folder, name: Name): void {
    const kind = source.stat(from)?.kind;
    switch (kind) {
      case 'file': {
        using file = source.openFile(from);
        const executable = (file.stat().mode & 0o100) !== 0;
        return this.#file(this.#contentOf(file), executable, target, name);
      }
      case 'link':
        return this.#link(source.readLinkRaw(from), target, name);
      case 'folder':
        return this.#folder(target, name, made => {
          using folder = source.open(from);
          for (const inner of folder.rawNames()) {
            this.#refuseSelf(inner, made);
            this.#copy(folder, inner, made, inner);
          }
        });
      case 'other':
        throw unsupportedKind(source, from);
      case undefined:
        throw new GenctlError(
          'FILE_MISSING',
          `cannot store ${source.join(from)}: there is no such file`,
        );
    }
  }

  #file(content: Iterable<Buffer>, executable: boolean, target: Folder, name: Name): void {
    const change = this.#change;
    target.createUnsynced(
      name,
      change === undefined ? content : withHashPart(content, change.from, change.to),
      0o600,
    );
    // Not by the mode given at creation: the umask would take bits from it.
    target.setMode(name, executable ? 0o555 : 0o444);
    this.#finish(target, name);
  }

  #link(destination: Buffer, target: Folder, name: Name): void {
    const change = this.#change;
    const rewritten =
      change === undefined
        ? destination
        : Buffer.concat(
            Array.from(withHashPart([destination], change.from, change.to), piece =>
              Buffer.from(piece),
            ),
          );
    target.makeLink(name, rewritten);
    this.#finish(target, name);
  }

  #folder(target: Folder, name: Name, fill: (made: Folder) => void): void {
    target.makeFolder(name, 0o700);
    using made = target.open(name);
    fill(made);
    target.setMode(name, 0o555);
    this.#finish(target, name);
  }

  #finish(target: Folder, name: Name): void {
    // A folder with the setgid bit hands its group down; a store is root's in both.
    const stat = target.stat(name);
    if (stat?.uid === 0 && stat.gid !== 0) target.setOwner(name, 0, 0);
    target.setTimes(name, canonicalSeconds);
    this.made++;
  }

  *#contentOf(file: OpenFile): Generator<Buffer, void, undefined> {
    for (;;) {
      const count = file.read(this.#buffer, 0, copyBufferBytes);
      if (count === 0) return;
      yield this.#buffer.subarray(0, count);
    }
  }

  /** Another name would change the order of a folder's entries, and so the hash. */
  #refuseSelf(name: Buffer, folder: Folder): void {
    if (this.#change === undefined || !name.includes(this.#change.from)) return;
    throw new GenctlError(
      'SELF_IN_NAME',
      `cannot store ${folder.join(name)}: a store path may be mentioned in content and link targets, not in the name of a file`,
    );
  }
}
