import { createHash } from 'node:crypto';
import { GenctlError } from '../../errors.ts';
import { mayChownHint } from '../../host/effective-user.ts';
import type { Attributes } from '../../host/extended-attributes.ts';
import { ifThere } from '../../host/file-error.ts';
import type { Folder, Name } from '../../host/folder.ts';
import { FolderChain } from '../../host/folder-chain.ts';
import { linkWherePossible } from '../hard-links.ts';
import type { OsTreeEntry, OsTreeFile, OsTreeFolder, OsTreeLink } from './os-tree-entry.ts';
import { canonicalSeconds, fits, keyOf, type OsTreePool } from './os-tree-pool.ts';
import { type FoundEntry, fileChanged } from './read-os-tree.ts';

const copyBufferBytes = 1 << 20;

/** Where something is: a name in a folder. */
export interface Place {
  folder: Folder;
  name: Name;
}

export interface LayOptions {
  /** The tree that files which were not looked at are linked from. */
  base?: Place | undefined;
  pool?: OsTreePool | undefined;
}

/** What is left to do for a tree that was laid, in this order. */
export interface LaidOsTree {
  /** Attributes to be set, by paths from its top. */
  attributes: ReadonlyMap<string, Attributes>;
  /** Files that the pool may take in once they are durable. */
  fresh: readonly OsTreeFile[];
}

/**
 * Makes a copy of a tree with owners and modes, under a name that nothing has yet. Files that the
 * base or the pool has, or that are in the tree twice, become further names of those; what is
 * copied must have the content that was found. Nothing is synced.
 *
 * @param found all of the source, folders before what is in them (`readOsTree`)
 * @throws GenctlError FILE_CHANGED, FILE_MISSING, NOT_ALLOWED, NO_SPACE
 */
export function layOsTree(
  found: readonly FoundEntry[],
  source: Place,
  target: Place,
  options: LayOptions = {},
): LaidOsTree {
  using layer = new Layer(found, target, options);
  layer.lay(source, target, options.base);
  return layer;
}

/** Takes the fresh files of a laid tree, durable by now, into the pool. */
export function poolOsTree(tree: Place, pool: OsTreePool, fresh: readonly OsTreeFile[]): void {
  if (fresh[0]?.path === '') {
    pool.take(fresh[0], tree.folder, tree.name);
    return;
  }
  using top = fresh.length > 0 ? tree.folder.open(tree.name) : undefined;
  using chain = top && new FolderChain(top);
  for (const file of fresh) {
    const at = chain?.locate(file.path);
    if (at !== undefined) pool.take(file, at.folder, at.name);
  }
}

class Layer implements LaidOsTree, Disposable {
  readonly attributes = new Map<string, Attributes>();
  readonly fresh: OsTreeFile[] = [];
  readonly #target: Place;
  readonly #pool: OsTreePool | undefined;
  readonly #buffer = Buffer.allocUnsafe(copyBufferBytes);
  readonly #todo: Iterator<FoundEntry, undefined>;
  #next: FoundEntry | undefined;
  /** Where the first file of a key is in the tree. */
  readonly #firsts = new Map<string, string>();
  #chain: FolderChain | undefined;

  constructor(found: readonly FoundEntry[], target: Place, { pool }: LayOptions) {
    this.#target = target;
    this.#pool = pool;
    this.#todo = found.values();
    this.#advance();
  }

  /** Lays the next entry, and all that is in it. */
  lay(source: Place, target: Place, base: Place | undefined): void {
    if (this.#next === undefined) return;
    const { entry, stat } = this.#next;
    this.#advance();
    switch (entry.kind) {
      case 'file':
        return this.#file(entry, source, target, stat === undefined ? base : undefined);
      case 'folder':
        return this.#folder(entry, source, target, base);
      case 'link':
        return this.#link(entry, target);
    }
  }

  [Symbol.dispose](): void {
    this.#chain?.[Symbol.dispose]();
  }

  #file(file: OsTreeFile, source: Place, target: Place, base: Place | undefined): void {
    const { path, sizeBytes, attributes } = file;
    // An empty file takes no space, and soon has more names than a file system allows.
    const isShared = sizeBytes > 0;
    if (isShared && this.#linked(file, target, base)) return;
    const content = this.#contentOf(source, file);
    target.folder.createUnsynced(target.name, content, 0o600);
    this.#finish(file, target);
    if (attributes.size > 0) this.attributes.set(path, attributes);
    if (!isShared) return;
    this.#firsts.set(keyOf(file), path);
    this.fresh.push(file);
  }

  /** Whether the file could be made a name of one that is there. */
  #linked(file: OsTreeFile, { folder, name }: Place, base: Place | undefined): boolean {
    if (base !== undefined && fits(base.folder.stat(base.name), file)) {
      if (linkWherePossible(base.folder, base.name, folder, name)) return true;
    }
    if (this.#pool?.link(file, folder, name) === true) return true;
    const first = this.#firsts.get(keyOf(file));
    if (first === undefined) return false;
    const at = this.#locate(first);
    return linkWherePossible(at.folder, at.name, folder, name);
  }

  #folder(entry: OsTreeFolder, source: Place, target: Place, base: Place | undefined): void {
    target.folder.makeFolder(target.name, 0o700);
    using made = target.folder.open(target.name);
    using from = source.folder.open(source.name);
    using like = base && folderOf(base);
    for (;;) {
      const name = nameWithin(entry.path, this.#next?.entry.path);
      if (name === undefined) break;
      const inBase = like === undefined ? undefined : { folder: like, name };
      this.lay({ folder: from, name }, { folder: made, name }, inBase);
    }
    this.#finish(entry, target);
    if (entry.attributes.size > 0) this.attributes.set(entry.path, entry.attributes);
  }

  #link(link: OsTreeLink, target: Place): void {
    target.folder.makeLink(target.name, link.target);
    this.#finish(link, target);
  }

  #finish(entry: OsTreeEntry, { folder, name }: Place): void {
    giveAway(folder, name, entry);
    // A new owner takes the setuid bit away; the mode comes second.
    if (entry.kind !== 'link') folder.setMode(name, entry.mode);
    folder.setTimes(name, canonicalSeconds);
  }

  /** What is in a file, which must be what it was when it was looked at. */
  *#contentOf({ folder, name }: Place, { sha256 }: OsTreeFile): Generator<Buffer> {
    using file = folder.openFile(name);
    const hash = createHash('sha256');
    for (;;) {
      const count = file.read(this.#buffer, 0, copyBufferBytes);
      if (count === 0) break;
      const piece = this.#buffer.subarray(0, count);
      hash.update(piece);
      yield piece;
    }
    if (hash.digest('hex') !== sha256) throw fileChanged(file.path);
  }

  #locate(path: string): { folder: Folder; name: string } {
    if (this.#chain === undefined) {
      using top = this.#target.folder.open(this.#target.name);
      this.#chain = new FolderChain(top);
    }
    return this.#chain.locate(path);
  }

  #advance(): void {
    this.#next = this.#todo.next().value;
  }
}

/** The name of what is directly in a folder, by its path; undefined where it is not in it. */
function nameWithin(folder: string, path: string | undefined): string | undefined {
  const prefix = folder === '' ? '' : `${folder}/`;
  return path?.startsWith(prefix) === true ? path.slice(prefix.length) : undefined;
}

/** The base may have something else by the name of a folder, or nothing. */
function folderOf({ folder, name }: Place): Folder | undefined {
  return ifThere(() => folder.open(name), ['FILE_MISSING', 'NOT_A_FOLDER', 'LINK_IN_THE_WAY']);
}

/** @throws GenctlError NOT_ALLOWED also where a user namespace does not have the owner */
function giveAway(folder: Folder, name: Name, { uid, gid }: OsTreeEntry): void {
  try {
    folder.setOwner(name, uid, gid);
  } catch (thrown) {
    const isRefused =
      thrown instanceof GenctlError && ['NOT_ALLOWED', 'PATH_IMPOSSIBLE'].includes(thrown.code);
    if (!isRefused) throw thrown;
    throw new GenctlError(
      'NOT_ALLOWED',
      `cannot give ${folder.join(name)} to user ${uid} and group ${gid}: ${thrown.message}`,
      { cause: thrown, hint: mayChownHint() },
    );
  }
}
