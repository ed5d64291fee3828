import type { Folder, Name } from '../host/folder.ts';
import { hashOfFile, type LinkPool } from './link-pool.ts';
import type { Optimised } from './store.ts';

/** Nix's canonical time, in seconds since the epoch. */
const canonicalSeconds = 1;

/**
 * Makes equal files of store paths one. Each is replaced by one rename, so a reader sees the one or
 * the other, which hold the same; killed at any instant, all paths are whole, and what can be left
 * over are a draft, and a folder whose time is not canonical, which changes no hash.
 */
export class Optimisation {
  readonly #pool: LinkPool;
  readonly #pooled: Set<number>;
  readonly done: Optimised = { linkedFiles: 0, savedBytes: 0 };

  constructor(pool: LinkPool) {
    this.#pool = pool;
    this.#pooled = new Set(pool.inodes());
  }

  /** Goes through what is of that name in a folder, with all below it. */
  visit(parent: Folder, name: Name): void {
    const stat = parent.stat(name);
    if (stat?.kind === 'folder') {
      using folder = parent.open(name);
      const before = this.done.linkedFiles;
      for (const { name: inner, kind } of folder.rawEntries()) {
        if (kind === 'file') this.#file(folder, inner);
        else if (kind === 'folder') this.visit(folder, inner);
      }
      if (this.done.linkedFiles > before) parent.setTimes(name, canonicalSeconds);
    } else if (stat?.kind === 'file') {
      this.#file(parent, name);
    }
  }

  #file(folder: Folder, name: Name): void {
    const stat = folder.stat(name);
    if (stat?.kind !== 'file' || this.#pooled.has(stat.inode)) return;
    // An empty file takes no space and soon has more names than a file system allows. What is not
    // canonical is damaged, or still somebody's work.
    const isExecutable = (stat.mode & 0o100) !== 0;
    const isCanonical = stat.mode === (isExecutable ? 0o555 : 0o444);
    if (stat.sizeBytes === 0 || !isCanonical || stat.mtimeSeconds !== canonicalSeconds) return;
    const hash = hashOfFile(folder, name, stat.sizeBytes, isExecutable);
    if (hash === undefined) return;
    const savedBytes = this.#pool.unify(folder, name, stat, hash);
    if (savedBytes === undefined) {
      this.#pooled.add(stat.inode);
      return;
    }
    this.done.linkedFiles++;
    this.done.savedBytes += savedBytes;
  }
}
