import type { NameTable } from './volume.ts';

/** Bytes that an entry of the longest name takes. */
const longestEntryBytes = 264;
/** What ends each block of a directory: its checksum. */
const tailBytes = 12;
/** `.` and `..` of a new directory. */
const dotsBytes = 24;

/**
 * A directory of ext4, as an upper bound. Its names are spread over blocks by their hashes; a
 * block that is full is split in halves, and nothing is ever joined again. So every name counts
 * that was put there, one that was removed again too; a directory of which only its size was
 * seen may have nothing but full blocks, and one of a single block may need an index first.
 */
export class Ext4Directory implements NameTable {
  readonly #blockBytes: number;
  /** Blocks that may be full already; infinite where the directory was not looked at. */
  readonly #fullBlocks: number;
  readonly #seenBlocks: number;
  readonly #extentBlocks: (blocks: number) => number;
  #names = 0;
  #entryBytes = 0;
  #longestBytes: number;
  readonly isOverfull = false;

  private constructor(
    blockBytes: number,
    extentBlocks: (blocks: number) => number,
    seen: { fullBlocks: number; blocks: number; longestBytes: number },
  ) {
    this.#blockBytes = blockBytes;
    this.#extentBlocks = extentBlocks;
    this.#fullBlocks = seen.fullBlocks;
    this.#seenBlocks = seen.blocks;
    this.#longestBytes = seen.longestBytes;
  }

  /** A new folder: one block that holds its `.` and `..`. */
  static folder(blockBytes: number, extentBlocks: (blocks: number) => number): Ext4Directory {
    return new Ext4Directory(blockBytes, extentBlocks, {
      fullBlocks: 0,
      blocks: 1,
      longestBytes: 0,
    });
  }

  /** @param sizeBytes what it takes itself; undefined where it was not looked at */
  static seen(
    blockBytes: number,
    extentBlocks: (blocks: number) => number,
    sizeBytes: number | undefined,
  ): Ext4Directory {
    const blocks = Math.max(1, Math.ceil((sizeBytes ?? 0) / blockBytes));
    return new Ext4Directory(blockBytes, extentBlocks, {
      fullBlocks: sizeBytes === undefined ? Number.POSITIVE_INFINITY : blocks,
      blocks,
      longestBytes: longestEntryBytes,
    });
  }

  get clusters(): number {
    const isNew = this.#fullBlocks === 0;
    const firstBlockBytes = this.#blockBytes - tailBytes - dotsBytes;
    if (this.#names === 0 || (isNew && this.#entryBytes <= firstBlockBytes)) {
      return this.#seenBlocks;
    }
    const splits = this.#splits();
    const rootOfIndex = this.#seenBlocks === 1 ? 1 : 0;
    const leaves = this.#seenBlocks + splits;
    const blocks = leaves + rootOfIndex + this.#indexBlocks(leaves, splits);
    return blocks + this.#extentBlocks(blocks);
  }

  take(name: string): void {
    const bytes = 8 + Math.ceil(Buffer.byteLength(name) / 4) * 4;
    this.#names += 1;
    this.#entryBytes += bytes;
    this.#longestBytes = Math.max(this.#longestBytes, bytes);
  }

  release(): void {
    // The room may be in a block to which no later name belongs.
  }

  exchange(_from: string, to: string): void {
    this.take(to);
  }

  /** A name splits at most one block, and a block that was split has to be filled again first. */
  #splits(): number {
    const refill = this.#blockBytes / 2 - tailBytes - 2 * this.#longestBytes;
    const again = refill > 0 ? Math.floor(this.#entryBytes / refill) : this.#names;
    return Math.min(this.#names, this.#fullBlocks + again);
  }

  /** Blocks of the index beside its root, which holds 8 bytes for each leaf. */
  #indexBlocks(leaves: number, splits: number): number {
    const most = Math.floor((this.#blockBytes - 40) / 8);
    return leaves <= most ? 0 : 2 + Math.ceil((2 * splits) / most);
  }
}
