import { PathTable } from './path-table.ts';
import type { StorePath } from './store-path.ts';

/**
 * What refers to what in a whole store, and how large it is, in little memory: some 30 bytes a path
 * and 4 a reference, beside the names.
 */
export class CompactGraph {
  readonly paths = new PathTable();
  #described = 0;
  /** Where each path's references begin; the one behind the last says where those end. */
  #starts = new Uint32Array(1024);
  #references = new Uint32Array(4096);
  #narSizesBytes = new Float64Array(1024);

  /**
   * Says what is known of the next path, in the order of their numbers. A reference that is not in
   * the table needs no place: there is nothing to keep.
   */
  describe(references: Iterable<number>, narSizeBytes: number): void {
    const number = this.#described;
    if (number + 1 === this.#starts.length) this.#growPaths();
    let end = this.#starts[number] as number;
    for (const reference of references) {
      if (end === this.#references.length) this.#growReferences();
      this.#references[end] = reference;
      end++;
    }
    this.#starts[number + 1] = end;
    this.#narSizesBytes[number] = narSizeBytes;
    this.#described = number + 1;
  }

  narSizeBytes(number: number): number {
    return this.#narSizesBytes[number] ?? 0;
  }

  /** The numbers of what a path refers to. */
  referencesOf(number: number): Uint32Array {
    return this.#references.subarray(this.#starts[number], this.#starts[number + 1]);
  }

  /** Marks some paths and all they refer to, directly or not. */
  mark(from: Iterable<number>, marks: Marks = new Uint8Array(this.#described)): Marks {
    const todo: number[] = [];
    for (const number of from) {
      if (marks[number] === 1) continue;
      marks[number] = 1;
      todo.push(number);
    }
    for (let number = todo.pop(); number !== undefined; number = todo.pop()) {
      const end = this.#starts[number + 1] as number;
      for (let at = this.#starts[number] as number; at < end; at++) {
        const reference = this.#references[at] as number;
        if (marks[reference] === 1) continue;
        marks[reference] = 1;
        todo.push(reference);
      }
    }
    return marks;
  }

  /**
   * The paths that have no mark, each before all it refers to, so that no instant of a deletion
   * leaves a path whose references are gone. A path may refer to itself, two never to each other:
   * each one's name is a hash of the other's. Only damaged metadata can make a circle; its paths
   * come last.
   */
  deletionOrder(marks: Marks): Uint32Array {
    const referrers = new Uint32Array(this.#described);
    let count = 0;
    for (let number = 0; number < this.#described; number++) {
      if (marks[number] === 1) continue;
      count++;
      for (const reference of this.referencesOf(number)) {
        if (reference !== number) referrers[reference] = (referrers[reference] as number) + 1;
      }
    }
    const order = new Uint32Array(count);
    const placed = new Uint8Array(this.#described);
    let used = 0;
    const place = (number: number): void => {
      order[used] = number;
      used++;
      placed[number] = 1;
    };
    for (let number = 0; number < this.#described; number++) {
      if (marks[number] !== 1 && referrers[number] === 0) place(number);
    }
    for (let at = 0; at < used; at++) {
      const number = order[at] as number;
      for (const reference of this.referencesOf(number)) {
        if (reference === number || marks[reference] === 1) continue;
        const left = (referrers[reference] as number) - 1;
        referrers[reference] = left;
        if (left === 0 && placed[reference] === 0) place(reference);
      }
    }
    for (let number = 0; number < this.#described; number++) {
      if (marks[number] !== 1 && placed[number] === 0) place(number);
    }
    return order;
  }

  /** Some paths by their numbers, one after the other. */
  *pathsOf(numbers: Iterable<number>): Generator<StorePath, void, undefined> {
    for (const number of numbers) yield this.paths.path(number);
  }

  #growPaths(): void {
    const starts = new Uint32Array(this.#starts.length * 2);
    starts.set(this.#starts);
    this.#starts = starts;
    const sizes = new Float64Array(this.#narSizesBytes.length * 2);
    sizes.set(this.#narSizesBytes);
    this.#narSizesBytes = sizes;
  }

  #growReferences(): void {
    const references = new Uint32Array(this.#references.length * 2);
    references.set(this.#references);
    this.#references = references;
  }
}

/** 1 for each path that is marked, by its number. */
export type Marks = Uint8Array;
