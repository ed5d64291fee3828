import { GenctlError } from '../errors.ts';
import type { FileKind, Folder, Name, OpenFile } from '../host/folder.ts';
import { FileHash } from './file-hash.ts';
import type { LinkPool } from './link-pool.ts';
import { unsupportedKind } from './nar.ts';
import { withHashPart } from './self-reference.ts';
import { sortedEntries, type Tree } from './tree.ts';

/** Nix's canonical time of everything in the store, in seconds since the epoch. */
const canonicalSeconds = 1;

const copyBufferBytes = 256 << 10;

/**
 * Larger files are left to `optimise`: to hash each a third time would make adding them a quarter
 * slower, and those that systems hold, kernels and initrds, are store paths of their own.
 */
const largestPooledBytes = 8 << 20;

/** A hash part, and what to write in its place. */
export interface HashPartChange {
  from: string;
  to: string;
}

export interface LayOptions {
  /** Applied to the content of files and to link targets. */
  change?: HashPartChange | undefined;
  /** Gives files that it has already, by their hashes: look whether they are what they should be. */
  pool?: LinkPool | undefined;
}

/** What was written. */
export interface Laid {
  /** How many files, folders and links were made. */
  made: number;
  /** The hashes of files that are the pool's. */
  shared: string[];
  /**
   * The hashes of all files, in the order of `rawNames`; undefined for one that is the pool's
   * already, or must not come in.
   */
  fresh: (string | undefined)[];
}

/**
 * Writes a tree below a folder, under a name that nothing has yet, with a store's canonical
 * metadata: no write bits, time 1, root's where root does it. Nothing is synced.
 *
 * @throws GenctlError FILE_KIND_UNSUPPORTED, FILE_MISSING, SELF_IN_NAME, TREE_NAME_INVALID, NO_SPACE
 */
export function layTree(tree: Tree, target: Folder, name: Name, options: LayOptions = {}): Laid {
  const layer = new Layer(options);
  layer.lay(tree, target, name);
  return layer.laid;
}

/** Takes the fresh files of a laid tree, durable by now, into a pool. */
export function poolTree(parent: Folder, name: Name, pool: LinkPool, { fresh }: Laid): void {
  let at = 0;
  const visit = (folder: Folder, name: Name, kind: FileKind | undefined): void => {
    if (kind === 'file') {
      const hash = fresh[at];
      at++;
      if (hash !== undefined) pool.take(folder, name, hash);
    } else if (kind === 'folder') {
      using inner = folder.open(name);
      for (const entry of inner.rawEntries()) visit(inner, entry.name, entry.kind);
    }
  };
  visit(parent, name, parent.stat(name)?.kind);
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
  readonly laid: Laid = { made: 0, shared: [], fresh: [] };
  readonly #change: HashPartChange | undefined;
  readonly #pool: LinkPool | undefined;
  readonly #buffer = Buffer.allocUnsafe(copyBufferBytes);

  constructor({ change, pool }: LayOptions) {
    this.#change = change;
    this.#pool = pool;
  }

  lay(tree: Tree, target: Folder, name: Name): void {
    switch (tree.kind) {
      case 'file':
        return this.#file([tree.content], tree.content.length, tree.executable, target, name);
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
        const { mode, sizeBytes } = file.stat();
        return this.#file(this.#contentOf(file), sizeBytes, (mode & 0o100) !== 0, target, name);
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

  #file(
    content: Iterable<Buffer>,
    sizeBytes: number,
    executable: boolean,
    target: Folder,
    name: Name,
  ): void {
    const change = this.#change;
    const final = change === undefined ? content : withHashPart(content, change.from, change.to);
    // An empty file takes no space, and soon has more names than a file system allows.
    const isPooled = sizeBytes > 0 && sizeBytes <= largestPooledBytes;
    const pool = isPooled ? this.#pool : undefined;
    const hash = pool === undefined ? undefined : new FileHash(sizeBytes, executable);
    target.createUnsynced(name, hash === undefined ? final : hashed(final, hash), 0o600);
    // Not by the mode given at creation: the umask would take bits from it.
    target.setMode(name, executable ? 0o555 : 0o444);
    this.#finish(target, name);
    const found = hash?.finish();
    if (found !== undefined && pool?.replaceWritten(target, name, found) === true) {
      this.laid.shared.push(found);
      this.laid.fresh.push(undefined);
    } else {
      this.laid.fresh.push(found);
    }
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
    this.laid.made++;
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

function* hashed(pieces: Iterable<Buffer>, hash: FileHash): Generator<Buffer, void, undefined> {
  for (const piece of pieces) {
    hash.push(piece);
    yield piece;
  }
}
