import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ReferenceGraph } from '../../src/store/store.ts';
import { type StorePath, sourcePath } from '../../src/store/store-path.ts';
import { attribute } from '../../src/store/usage.ts';
import { SeededRandom } from '../boot/seeded-random.ts';

const [common, shared, own1, own2, own3, running] = [1, 2, 3, 4, 5, 6].map(number =>
  sourcePath(`p${number}`, Buffer.alloc(32, number)),
) as [StorePath, StorePath, StorePath, StorePath, StorePath, StorePath];
const gone = sourcePath('gone', Buffer.alloc(32));

function graphOf(entries: Readonly<Record<StorePath, readonly StorePath[]>>, sizes: number[]) {
  const paths = Object.keys(entries);
  const graph: ReferenceGraph = {
    references: path => entries[path] ?? [],
    narSizeBytes: path => sizes[paths.indexOf(path)] ?? 0,
  };
  return graph;
}

const graph = graphOf(
  {
    [common]: [common],
    [shared]: [common],
    [own1]: [shared, common, own1],
    [own2]: [shared, gone],
    [own3]: [common],
    [running]: [common],
  },
  [1, 10, 100, 1000, 10_000, 100_000],
);
const groups = new Map([
  [1, [own1]],
  [2, [own2]],
  [3, [own3]],
]);

test('each group has what only it needs, and shares what others need, roots of none included', () => {
  assert.equal(
    [...attribute(groups, [running], graph)],
    [
      [1, { ownBytes: 100, sharedBytes: 11 }],
      [2, { ownBytes: 1000, sharedBytes: 11 }],
      [3, { ownBytes: 10_000, sharedBytes: 1 }],
    ],
  );
});

/** Without numbers, without sharing of work: what is reached from the one and from nothing else. */
function freedAlone(
  key: number,
  groups: ReadonlyMap<number, readonly StorePath[]>,
  others: readonly StorePath[],
  any: ReferenceGraph,
): number {
  const reached = (paths: readonly StorePath[]): Set<StorePath> => {
    const found = new Set(paths);
    for (const path of found) for (const other of any.references(path)) found.add(other);
    return found;
  };
  const rest = [...groups].flatMap(([other, paths]) => (other === key ? [] : paths));
  const staying = reached([...rest, ...others]);
  return [...reached(groups.get(key) ?? [])]
    .filter(path => !staying.has(path))
    .reduce((sum, path) => sum + any.narSizeBytes(path), 0);
}

test('any graph: a group’s own bytes are what its leaving alone frees', () => {
  const random = new SeededRandom(5);
  for (let round = 0; round < 100; round++) {
    const paths = Array.from({ length: 30 }, (_, index) =>
      sourcePath('x', Buffer.alloc(32, index)),
    );
    const entries = Object.fromEntries(
      paths.map((path, index) => [path, paths.slice(0, index).filter(() => random.below(8) === 0)]),
    );
    const any = graphOf(
      entries,
      paths.map(() => random.below(1000) + 1),
    );
    const some = (): StorePath[] => paths.filter(() => random.below(15) === 0);
    const many = new Map([1, 2, 3, 4].map(key => [key, some()] as const));
    const others = some();
    for (const [key, { ownBytes }] of attribute(many, others, any)) {
      assert.is(freedAlone(key, many, others, any), ownBytes);
    }
  }
});

test.run();
