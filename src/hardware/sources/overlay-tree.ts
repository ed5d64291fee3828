import { byBytes } from '../../host/folder.ts';
import type { FileTree } from './file-tree.ts';

/** A tree laid over another: what is in both is the upper one's. */
export class OverlayTree implements FileTree {
  readonly #upper: FileTree;
  readonly #lower: FileTree;

  constructor(upper: FileTree, lower: FileTree) {
    this.#upper = upper;
    this.#lower = lower;
  }

  get unreadable(): readonly string[] {
    return union(this.#upper.unreadable, this.#lower.unreadable);
  }

  names(path: string): readonly string[] {
    return union(this.#upper.names(path), this.#lower.names(path));
  }

  text(path: string): string | undefined {
    return this.#upper.text(path) ?? this.#lower.text(path);
  }

  bytes(path: string): Uint8Array | undefined {
    return this.#upper.bytes(path) ?? this.#lower.bytes(path);
  }

  realPath(path: string): string | undefined {
    return this.#upper.realPath(path) ?? this.#lower.realPath(path);
  }
}

function union(upper: readonly string[], lower: readonly string[]): readonly string[] {
  return upper.length === 0 ? lower : [...new Set([...upper, ...lower])].toSorted(byBytes);
}
