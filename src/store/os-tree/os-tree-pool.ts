import { hash } from 'node:crypto';
import type { FileStat, Folder, Name } from '../../host/folder.ts';
import { linkWherePossible, removeUnshared } from '../hard-links.ts';
import { ContentDigest } from './content-digest.ts';
import { attributesOf } from './listing.ts';
import type { OsTreeFile } from './os-tree-entry.ts';

/**
 * In the store's folder. Not Nix's `.links`: its files all have the store's owner and modes, and
 * Nix holds a name there that is no hash of its own for damage.
 */
const poolName = '.links-os';

/** The time of everything in the store, in seconds since the epoch. */
export const canonicalSeconds = 1;

/**
 * Files of operating-system trees by their content, mode, owner and attributes, all of which the
 * names of one file share. As `LinkPool`, it is no more than a memory, and only what is durable
 * comes in.
 */
export class OsTreePool implements Disposable {
  readonly #pool: Folder;
  readonly #contentDigest = new ContentDigest();

  /** Makes the pool where it is missing, out of reach of users: setuid programs are in it. */
  constructor(store: Folder) {
    this.#pool = store.openOrMake(poolName, 0o700);
  }

  /** The pool of a store that has one. */
  static ifThere(store: Folder): OsTreePool | undefined {
    return store.stat(poolName)?.kind === 'folder' ? new OsTreePool(store) : undefined;
  }

  /**
   * Makes a name for the pool's file that is to be this one. Its content is compared: one that
   * somebody wrote into leaves the pool, and harms no further tree.
   */
  link(file: OsTreeFile, target: Folder, name: Name): boolean {
    const key = keyOf(file);
    if (!fits(this.#pool.stat(key), file)) return false;
    using open = this.#pool.openFile(key);
    if (this.#contentDigest.of(open).sha256 !== file.sha256) {
      this.#pool.removeFile(key);
      return false;
    }
    return linkWherePossible(this.#pool, key, target, name);
  }

  /** Takes a durable file in. Where its like is there already, nothing is changed. */
  take(file: OsTreeFile, folder: Folder, name: Name): void {
    linkWherePossible(folder, name, this.#pool, keyOf(file));
  }

  /**
   * Removes files that no tree holds.
   *
   * @returns the bytes that this frees
   */
  prune(): number {
    return removeUnshared(this.#pool);
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
  }
}

/** Two files of the same key can be one. */
export function keyOf({ sha256, mode, uid, gid, attributes }: OsTreeFile): string {
  const parts = [sha256, mode.toString(8), uid, gid];
  if (attributes.size > 0) parts.push(hash('sha256', attributesOf(attributes)));
  return parts.join('-');
}

/** Whether a file of a tree is still what it was, as far as can be seen without reading it. */
export function fits(stat: FileStat | undefined, file: OsTreeFile): boolean {
  return (
    stat?.kind === 'file' &&
    stat.sizeBytes === file.sizeBytes &&
    stat.mode === file.mode &&
    stat.uid === file.uid &&
    stat.gid === file.gid &&
    stat.mtimeSeconds === canonicalSeconds
  );
}
