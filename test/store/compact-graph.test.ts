import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CompactGraph } from '../../src/store/compact-graph.ts';
import { type StorePath, sourcePath } from '../../src/store/store-path.ts';
import { SeededRandom } from '../boot/seeded-random.ts';

const rounds = Number(process.env['GENCTL_FUZZ_ROUNDS'] ?? 1000);

function pathOf(index: number): StorePath {
  const hash = Buffer.alloc(32);
  hash.writeUInt32LE(index);
  return sourcePath(`path-${index}`, hash);
}

test('any graph: what no root reaches is dead, and goes before all it refers to', () => {
  const random = new SeededRandom(11);
  for (let round = 0; round < rounds; round++) {
    const count = random.below(40) + 1;
    const edges = Array.from({ length: count }, (_, from) => {
      // To paths before it and to itself, as in a store; circles where metadata is damaged.
      const range = random.below(10) === 0 ? count : from + 1;
      return Array.from({ length: random.below(4) }, () => random.below(range));
    });
    const isSound = edges.every((references, from) => references.every(to => to <= from));
    const graph = new CompactGraph();
    for (let index = 0; index < count; index++) graph.paths.add(pathOf(index));
    for (const references of edges) graph.describe(references, 1);
    const roots = edges.flatMap((_, index) => (random.below(6) === 0 ? [index] : []));

    const alive = new Set(roots);
    for (const index of alive) for (const to of edges[index] ?? []) alive.add(to);
    const order = [...graph.deletionOrder(graph.mark(roots))];
    const dead = edges.flatMap((_, index) => (alive.has(index) ? [] : [index]));
    assert.equal(
      order.toSorted((left, right) => left - right),
      dead,
      `round ${round}`,
    );
    if (!isSound) continue;
    for (const [at, index] of order.entries()) {
      const gone = new Set(order.slice(0, at));
      const needed = (edges[index] ?? []).filter(to => gone.has(to));
      assert.equal(needed, [], `round ${round}: ${index} after what it refers to`);
    }
  }
});

test('any number of paths is found again, by name and by hash part, and no other', () => {
  const { paths } = new CompactGraph();
  const count = 5000;
  for (let index = 0; index < count; index++) assert.is(paths.add(pathOf(index)), index);
  assert.is(paths.count, count);
  for (let index = 0; index < count; index++) {
    const baseName = pathOf(index).slice('/nix/store/'.length);
    assert.is(paths.path(index), pathOf(index));
    assert.is(paths.numberOf(baseName), index);
    assert.is(paths.numberOfHashPart(baseName.slice(0, 32)), index);
    assert.is(paths.numberOf(`${baseName}x`), undefined);
    assert.is(paths.numberOf(baseName.slice(0, -1)), undefined);
  }
  assert.is(paths.numberOf(pathOf(count).slice('/nix/store/'.length)), undefined);
});

test.run();
