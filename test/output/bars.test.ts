import picocolors from 'picocolors';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type BarRow, drawBars, type SegmentKind, shareCells } from '../../src/output/bars.ts';
import { visibleLength } from '../../src/output/visible-length.ts';
import { SeededRandom } from '../boot/seeded-random.ts';

const rounds = Number(process.env['GENCTL_FUZZ_ROUNDS'] ?? 2000);
const kinds: readonly SegmentKind[] = ['shared', 'kernel', 'initrd', 'other', 'free'];
const characters = '#ki+.';

function row(label: string, ...bytes: readonly number[]): BarRow {
  return {
    label,
    segments: bytes.map((size, at) => ({ kind: kinds[at] ?? 'other', bytes: size })),
  };
}

function count(line: string, character: string): number {
  return line.split(character).length - 1;
}

test('a bar shows each part in its share, and a legend says which is which', () => {
  const MiB = 1 << 20;
  assert.equal(drawBars([row('esp', 30 * MiB, 20 * MiB, 10 * MiB, 0, 40 * MiB)], 64), [
    `esp  ${'#'.repeat(14)}${'k'.repeat(10)}${'i'.repeat(5)}${'.'.repeat(19)}  100.0 MiB`,
    '# shared  k kernel  i initrd  . free',
  ]);
});

test('bars are on one scale: half the bytes, half the length', () => {
  const [long = '', short = ''] = drawBars([row('a', 0, 4096), row('b', 0, 2048)], 60);
  assert.is(count(long, 'k'), 60 - 'a'.length - '4.0 KiB'.length - 4);
  assert.is(count(short, 'k'), count(long, 'k') / 2);
  assert.is(short.indexOf('2.0 KiB'), long.indexOf('4.0 KiB'), 'the sizes are below each other');
});

test('one byte beside terabytes is seen, and so is every kind of a row beside a huge one', () => {
  const [huge = '', tiny = ''] = drawBars([row('a', 2 ** 52, 1, 1, 1, 1), row('b', 1, 1, 1)], 80);
  assert.match(huge, /^a {2}#{56,}ki\+\. {2}4096\.0 TiB$/);
  assert.match(tiny, /^b {2}#ki {50,}3 B$/);
});

test('the parts of one kind are one', () => {
  const segments = [1, 2, 3].map(bytes => ({ kind: 'kernel' as const, bytes }));
  assert.equal(drawBars([{ label: 'a', segments }], 60), drawBars([row('a', 0, 6)], 60));
});

test('nothing at all is an empty bar and no legend', () => {
  assert.equal(drawBars([row('none')], 60), [`none${' '.repeat(2 + 49 + 2)}0 B`]);
  assert.equal(drawBars([], 60), []);
});

test('where a bar would say nothing, numbers do', () => {
  const expected = ['esp: 3.0 KiB', '  the note', '  shared 1.0 KiB', '  free 2.0 KiB'];
  const esp: BarRow = { ...row('esp', 1024, 0, 0, 0, 2048), note: 'the note' };
  for (const columns of [10, 20, 39]) assert.equal(drawBars([esp], columns), expected);
  const long = { ...esp, label: 'l'.repeat(50) };
  assert.is(drawBars([long], 80)[0], `${long.label}: 3.0 KiB`, 'a label that leaves no room');
});

test('colours change nothing of the shape', () => {
  const rows = [row('a', 3, 4, 5, 6, 7), { ...row('b', 1), note: 'new' }];
  const plain = drawBars(rows, 70, picocolors.createColors(false));
  const coloured = drawBars(rows, 70, picocolors.createColors(true));
  assert.is.not(coloured[0], plain[0]);
  assert.equal(coloured.map(visibleLength), plain.map(visibleLength));
});

test('any sizes at any width: cells sum up, none is hidden, no line is too long', () => {
  const random = new SeededRandom(7);
  for (let round = 0; round < rounds; round++) {
    const sizes = Array.from({ length: 1 + random.below(4) }, () =>
      kinds.map(() => (random.below(3) === 0 ? 0 : Math.floor(2 ** (random.below(5200) / 100)))),
    );
    const columns = 10 + random.below(291);
    const rows = sizes.map((bytes, index) => row(`row ${index}`, ...bytes));
    const lines = drawBars(rows, columns);
    if (columns < 40) continue;
    const cells = Math.max(...lines.slice(0, rows.length).map(cellsIn));
    const largest = Math.max(...sizes.map(sum));
    sizes.forEach((bytes, index) => {
      const line = (lines[index] ?? '').slice('row 0  '.length);
      const what = `${columns}: ${bytes.join(' ')}\n${line}`;
      assert.ok(visibleLength(lines[index] ?? '') <= columns, what);
      bytes.forEach((size, at) => {
        const inBar = count(line.slice(0, cells), characters[at] ?? '');
        assert.is(inBar > 0, size > 0, what);
      });
      const least = bytes.filter(size => size > 0).length;
      const wanted = largest === 0 ? 0 : Math.round((sum(bytes) / largest) * cells);
      assert.is(cellsIn(lines[index] ?? ''), Math.max(least, wanted), what);
    });
  }
});

test('cells are shared to the last, by the largest remainder', () => {
  assert.equal(shareCells([1, 1, 1], 10), [4, 3, 3]);
  assert.equal(shareCells([1, 1, 1], 11), [4, 4, 3]);
  assert.equal(shareCells([55, 30, 15], 10), [6, 3, 1]);
  assert.equal(
    shareCells([1000, 1, 1, 1], 4),
    [1, 1, 1, 1],
    'what must be seen takes from the rest',
  );
  assert.equal(shareCells([0, 0], 5), [0, 0]);
  const random = new SeededRandom(11);
  for (let round = 0; round < rounds; round++) {
    const parts = kinds.map(() => (random.below(4) === 0 ? 0 : 2 ** random.below(53)));
    const cells = kinds.length + random.below(300);
    const counts = shareCells(parts, cells);
    assert.is(sum(counts), sum(parts) === 0 ? 0 : cells, parts.join(' '));
  }
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

/** Cells of a line that begins with `row N  `. */
function cellsIn(line: string): number {
  return /^[#ki+.]*/.exec(line.slice('row 0  '.length))?.[0].length ?? 0;
}

test.run();
