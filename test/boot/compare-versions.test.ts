import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compareVersions } from '../../src/boot/systemd-boot/entry-order.ts';
import { hasProgram, testWhere } from '../commands/test-where.ts';
import { SeededRandom } from './seeded-random.ts';

/** The examples of UAPI.10, each before the next. */
const ascending = [
  '~~',
  '~',
  '',
  'a~~',
  'a~',
  'a',
  'a-1',
  '122.1',
  '123~rc1-1',
  '123',
  '123-a',
  '123-a.1',
  '123-1',
  '123-1.1',
  '123^post1',
  '123.a-1',
  '123.1-1',
  '123a-1',
  '124-1',
];

test('the examples of UAPI.10', () => {
  const known = [
    ['11', '11'],
    ['systemd-123', 'systemd-123'],
    ['bar-123', 'foo-123'],
    ['123', '123a'],
    ['123', '123.a'],
    ['123.a', '123.b'],
    ['123a', '123.b'],
    ['123.a', '123.1'],
    ['11α', '11β'],
  ] as const;
  const signs = known.map(([left, right]) => Math.sign(compareVersions(left, right)));
  assert.is(signs[0], 0);
  assert.is(signs.at(-1), 0, 'what is not ASCII counts for nothing');
  assert.is(signs[2], -1);
});

test('the order is total: reflexive, antisymmetric', () => {
  for (const left of ascending) {
    assert.is(compareVersions(left, left), 0);
    for (const right of ascending) {
      assert.is(
        Math.sign(compareVersions(left, right)),
        0 - Math.sign(compareVersions(right, left)),
        `${left} ${right}`,
      );
    }
  }
});

const peer = hasProgram('systemd-analyze', 'compare-versions', '1', 'lt', '2');

testWhere(peer, 'systemd-analyze', 'systemd compares the same, many random versions', () => {
  const random = new SeededRandom(2024);
  const characters = '0019aAzZ~-^._+ ';
  const pairs = Array.from({ length: 120 }, () => {
    const left = random.text(characters, 7);
    const isRelated = random.below(2) === 0;
    const right = isRelated
      ? left.slice(0, random.below(left.length + 1)) + random.text(characters, 3)
      : random.text(characters, 7);
    return [left, right] as const;
  });
  for (const left of ascending) {
    for (const right of ascending) if (random.below(6) === 0) pairs.push([left, right]);
  }
  const told = systemdCompares(pairs);
  pairs.forEach(([left, right], index) => {
    const sign = Math.sign(compareVersions(left, right));
    assert.is(['<', '==', '>'][sign + 1], told[index], JSON.stringify([left, right]));
  });
});

/** All pairs in one go of a shell, as `<`, `==` or `>`. */
function systemdCompares(pairs: readonly (readonly [string, string])[]): string[] {
  const lines = pairs.map(
    ([left, right]) => `systemd-analyze compare-versions -- '${left}' '${right}'`,
  );
  const { stdout } = spawnSync('sh', { encoding: 'utf8', input: lines.join('\n') });
  // `LEFT < RIGHT`, with '' for an empty text.
  return stdout
    .trimEnd()
    .split('\n')
    .map((line, index) => {
      const left = pairs[index]?.[0] ?? '';
      return line.slice((left === '' ? "''" : left).length + 1).split(' ')[0] ?? '';
    });
}

test.run();
