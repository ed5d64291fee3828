import type { AllocationRules, NameTable } from './volume.ts';

/** A folder of which nothing is known but that a name cannot take more than a block. */
class PlainDirectory implements NameTable {
  readonly #ownBlocks: number;
  readonly #names = new Set<string>();
  #mostNames = 0;
  readonly isOverfull = false;

  constructor(ownBlocks: number) {
    this.#ownBlocks = ownBlocks;
  }

  get clusters(): number {
    return this.#ownBlocks + this.#mostNames;
  }

  take(name: string): void {
    this.#names.add(name);
    this.#mostNames = Math.max(this.#mostNames, this.#names.size);
  }

  release(name: string): void {
    this.#names.delete(name);
  }

  exchange(from: string, to: string): void {
    this.take(to);
    this.release(from);
  }
}

/**
 * An upper bound for file systems that are not known more closely: whole blocks for a file, one
 * for each new name and one for a new folder. A name that was there before gives nothing back.
 */
export function plainRules(blockBytes: number): AllocationRules {
  return {
    clusterBytes: blockBytes,
    fileClusters: sizeBytes => Math.ceil(sizeBytes / blockBytes),
    seenFileClusters: sizeBytes => Math.ceil(sizeBytes / blockBytes),
    newFolder: () => new PlainDirectory(1),
    seenFolder: () => new PlainDirectory(0),
  };
}
