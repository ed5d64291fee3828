import type { ReferenceGraph } from './store.ts';
import type { StorePath } from './store-path.ts';

/** The sizes of NARs: files that are one on the disk count as often as they have names. */
export interface Attribution {
  /** What only this group needs. */
  ownBytes: number;
  /** What it needs and others need as well. */
  sharedBytes: number;
}

/** Groups of store paths that are needed together, as a generation's are, each by a key. */
export type Groups<Key> = ReadonlyMap<Key, readonly StorePath[]>;

/**
 * For each group, the bytes only it needs and the bytes others need as well.
 *
 * @param others paths that are needed by something else
 */
export function attribute<Key>(
  groups: Groups<Key>,
  others: readonly StorePath[],
  graph: ReferenceGraph,
): Map<Key, Attribution> {
  const closures = new Closures(graph);
  const elsewhere = new Set(closures.of(others));
  const all = Array.from(groups, ([key, paths]) => [key, closures.of(paths)] as const);
  const users = new Map<number, number>();
  for (const number of all.flatMap(([, closure]) => closure)) {
    users.set(number, (users.get(number) ?? 0) + 1);
  }
  const isOwn = (number: number): boolean => users.get(number) === 1 && !elsewhere.has(number);
  return new Map(
    all.map(([key, closure]) => {
      const ownBytes = closures.sizeBytes(closure.filter(isOwn));
      return [key, { ownBytes, sharedBytes: closures.sizeBytes(closure) - ownBytes }];
    }),
  );
}

/** What paths reach, by numbers: each path's references are asked for once, however many reach it. */
class Closures {
  readonly #graph: ReferenceGraph;
  readonly #numbers = new Map<StorePath, number>();
  readonly #paths: StorePath[] = [];
  readonly #references: (readonly number[] | undefined)[] = [];
  readonly #sizesBytes: (number | undefined)[] = [];

  constructor(graph: ReferenceGraph) {
    this.#graph = graph;
  }

  of(paths: readonly StorePath[]): number[] {
    const found = new Set(paths.map(path => this.#number(path)));
    // A set's iteration goes on to what is added meanwhile.
    for (const number of found) {
      for (const reference of this.#referencesOf(number)) found.add(reference);
    }
    return [...found];
  }

  sizeBytes(numbers: readonly number[]): number {
    let sum = 0;
    for (const number of numbers) {
      this.#sizesBytes[number] ??= this.#graph.narSizeBytes(this.#paths[number] as StorePath);
      sum += this.#sizesBytes[number] ?? 0;
    }
    return sum;
  }

  #referencesOf(number: number): readonly number[] {
    const known = this.#references[number];
    if (known !== undefined) return known;
    const paths = this.#graph.references(this.#paths[number] as StorePath);
    const references = paths.map(path => this.#number(path));
    this.#references[number] = references;
    return references;
  }

  #number(path: StorePath): number {
    const known = this.#numbers.get(path);
    if (known !== undefined) return known;
    const number = this.#paths.push(path) - 1;
    this.#numbers.set(path, number);
    return number;
  }
}
