import type { Folder } from './folder.ts';

/**
 * The folders between one at the top and the paths below it that are asked for. Those of the last
 * path stay open, so that going through many paths folder by folder opens each folder once, and
 * no more handles are open than the deepest path has folders.
 */
export class FolderChain implements Disposable {
  readonly #folders: Folder[];
  #names: string[] = [];

  constructor(top: Folder) {
    this.#folders = [top.duplicate()];
  }

  /**
   * The folder that holds a path, links not followed, and the path's last name. The folder is
   * good until the next call.
   *
   * @throws GenctlError FILE_MISSING, NOT_A_FOLDER and others, where a folder of it is none
   */
  locate(path: string): { folder: Folder; name: string } {
    const names = path.split('/');
    const name = names.pop() ?? '';
    let shared = 0;
    while (shared < names.length && names[shared] === this.#names[shared]) shared++;
    this.#leave(shared);
    for (const inner of names.slice(shared)) {
      this.#folders.push(this.#last.open(inner));
      this.#names.push(inner);
    }
    return { folder: this.#last, name };
  }

  get #last(): Folder {
    return this.#folders.at(-1) as Folder;
  }

  /** Closes all that is deeper than so many names. */
  #leave(depth: number): void {
    this.#names = this.#names.slice(0, depth);
    for (const folder of this.#folders.splice(depth + 1)) folder[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const folder of this.#folders) folder[Symbol.dispose]();
  }
}
