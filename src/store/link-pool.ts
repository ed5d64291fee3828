import { GenctlError } from '../errors.ts';
import type { FileStat, Folder, Name } from '../host/folder.ts';
import { DraftNames } from './draft-names.ts';
import { FileHash } from './file-hash.ts';
import { linkWherePossible, removeUnshared } from './hard-links.ts';

/** Nix's name for it, in the store's folder. */
const poolName = '.links';

/**
 * Files of the store by the hash of their content and executable bit, each a further name of a file
 * that some path holds, so that equal files become one. In Nix's layout, `.links/HASH`, so that
 * either can go on where the other stopped.
 *
 * It is no more than a memory: a name that is missing saves nothing, and a name that lies is not
 * believed, as content is compared before a file is replaced. Only files that are durable already
 * come in, so that what is linked from here later is durable too, and nothing needs a sync.
 */
export class LinkPool implements Disposable {
  readonly #store: Folder;
  readonly #pool: Folder;
  readonly #device: number;
  readonly #drafts = new DraftNames();

  /** Makes the pool where it is missing. */
  constructor(store: Folder) {
    this.#store = store;
    this.#pool = store.openOrMake(poolName);
    this.#device = this.#pool.statSelf().device;
  }

  /** The pool of a store that has one. */
  static ifThere(store: Folder): LinkPool | undefined {
    return store.stat(poolName)?.kind === 'folder' ? new LinkPool(store) : undefined;
  }

  /**
   * Puts the pool's file of a hash in the place of one that was just written. Nothing is read: who
   * believes the pool looks at what it gave (`LocalStore`).
   */
  replaceWritten(folder: Folder, name: Name, hash: string): boolean {
    const there = this.#pool.stat(hash);
    const stat = there === undefined ? undefined : folder.stat(name);
    if (stat === undefined || !this.#fits(there, stat)) return false;
    return this.#replace(folder, name, hash);
  }

  /** Takes a durable file in. Where the hash is there already, nothing is changed. */
  take(folder: Folder, name: Name, hash: string): boolean {
    return linkWherePossible(folder, name, this.#pool, hash);
  }

  /**
   * Makes a durable file one with the pool's of the same hash, which it may have to become itself.
   *
   * @returns the bytes that this saves; undefined where it is not needed or not possible
   */
  unify(folder: Folder, name: Name, stat: FileStat, hash: string): number | undefined {
    const there = this.#pool.stat(hash);
    if (there === undefined) {
      this.take(folder, name, hash);
      return undefined;
    }
    if (there.inode === stat.inode && there.device === stat.device) return undefined;
    if (!this.#fits(there, stat)) return undefined;
    if (this.#hashOf(this.#pool, hash, there) !== hash) {
      // Somebody wrote into it. The paths that hold it are damaged; this file need not become so.
      this.#pool.removeFile(hash);
      this.take(folder, name, hash);
      return undefined;
    }
    if (!this.#replace(folder, name, hash)) return undefined;
    return stat.links === 1 ? stat.sizeBytes : 0;
  }

  /** The inodes of all files in it. */
  *inodes(): Generator<number, void, undefined> {
    for (const name of this.#pool.namesUnsorted()) {
      const stat = this.#pool.stat(name);
      if (stat !== undefined) yield stat.inode;
    }
  }

  /** Removes names whose file is not what they say. */
  dropDamaged(hashes: Iterable<string>): void {
    for (const hash of hashes) {
      const stat = this.#pool.stat(hash);
      if (stat !== undefined && this.#hashOf(this.#pool, hash, stat) !== hash) {
        this.#pool.removeFile(hash);
      }
    }
  }

  /**
   * Removes files that nothing else holds.
   *
   * @returns the bytes that this frees
   */
  prune(): number {
    return removeUnshared(this.#pool);
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
  }

  /** Whether a file of the pool can stand for another one. */
  #fits(there: FileStat | undefined, { device, mode, sizeBytes, uid, gid }: FileStat): boolean {
    return (
      there !== undefined &&
      there.kind === 'file' &&
      device === this.#device &&
      there.mode === mode &&
      there.sizeBytes === sizeBytes &&
      there.mtimeSeconds === 1 &&
      there.uid === uid &&
      there.gid === gid
    );
  }

  #replace(folder: Folder, name: Name, hash: string): boolean {
    const draft = this.#drafts.next();
    if (!linkWherePossible(this.#pool, hash, this.#store, draft)) return false;
    try {
      renameIntoStore(this.#store, draft, folder, name);
      return true;
    } catch (thrown) {
      this.#store.removeFile(draft);
      throw thrown;
    }
  }

  #hashOf(folder: Folder, name: Name, { sizeBytes, mode }: FileStat): string | undefined {
    return hashOfFile(folder, name, sizeBytes, (mode & 0o100) !== 0);
  }
}

/** What a file is called in the pool; undefined where it changes while it is read. */
export function hashOfFile(
  folder: Folder,
  name: Name,
  sizeBytes: number,
  executable: boolean,
): string | undefined {
  const hash = new FileHash(sizeBytes, executable);
  for (const piece of folder.chunks(name)) hash.push(piece);
  return hash.finish();
}

/** Renames into a folder of the store, whose write bits are missing, which stops all but root. */
function renameIntoStore(from: Folder, draft: string, folder: Folder, name: Name): void {
  try {
    from.renameInto(draft, folder, name);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError && thrown.code === 'NOT_ALLOWED')) throw thrown;
    folder.setMode('.', 0o755);
    try {
      from.renameInto(draft, folder, name);
    } finally {
      folder.setMode('.', 0o555);
    }
  }
}
