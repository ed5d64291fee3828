import type picocolors from 'picocolors';
import { formatBytes } from '../bytes.ts';
import { colours } from './colours.ts';
import { visibleLength } from './visible-length.ts';

/** What takes the space of a segment. */
export type SegmentKind = 'shared' | 'kernel' | 'initrd' | 'other' | 'free';

export interface Segment {
  kind: SegmentKind;
  bytes: number;
}

/** One bar: what is called so is made of these segments. */
export interface BarRow {
  /** Printable, on one line. */
  label: string;
  segments: readonly Segment[];
  /** Printable text behind the size. */
  note?: string;
}

/** The order in every bar. Each kind has a character of its own, to be read without colours. */
const kinds = ['shared', 'kernel', 'initrd', 'other', 'free'] as const;
const characters: Readonly<Record<SegmentKind, string>> = {
  shared: '#',
  kernel: 'k',
  initrd: 'i',
  other: '+',
  free: '.',
};

type Palette = Pick<typeof picocolors, 'green' | 'cyan' | 'magenta' | 'yellow' | 'dim'>;
const colourOf: Readonly<Record<SegmentKind, keyof Palette>> = {
  shared: 'green',
  kernel: 'cyan',
  initrd: 'magenta',
  other: 'yellow',
  free: 'dim',
};

/** Narrower terminals get numbers, and bars shorter than that say nothing. */
const [leastColumns, leastCells] = [40, 10] as const;

/**
 * Draws space, one bar a row, all on one scale: the largest row fills the width. What has bytes
 * has at least one cell.
 *
 * @param columns width of the terminal
 * @param palette colours; without effect by default where nobody wants them
 * @returns lines without line breaks: the bars, and a legend of the kinds that are in them
 */
export function drawBars(
  rows: readonly BarRow[],
  columns: number,
  palette: Palette = colours,
): string[] {
  const sums = rows.map(row => sumByKind(row.segments));
  const totals = sums.map(sum => total(sum));
  const tails = rows.map(({ note }, index) => {
    const size = formatBytes(totals[index] ?? 0);
    return note === undefined ? size : `${size}  ${note}`;
  });
  const labelColumns = widest(rows.map(({ label }) => label));
  const cells = columns - labelColumns - widest(tails) - gap.length * 2;
  if (columns < leastColumns || cells < leastCells) return rows.flatMap(sayNumbers);
  const largest = Math.max(0, ...totals);
  const bars = sums.map(sum => {
    const counts = shareCells(sum, cellsOf(sum, largest, cells));
    const bar = kinds.map((kind, at) => paint(palette, kind, counts[at] ?? 0)).join('');
    return padEnd(bar, cells);
  });
  const lines = rows.map(({ label }, index) =>
    [padEnd(label, labelColumns), bars[index], tails[index]].join(gap),
  );
  const used = kinds.filter((_, at) => sums.some(sum => (sum[at] ?? 0) > 0));
  if (used.length === 0) return lines;
  const legend = used.map(kind => `${paint(palette, kind, 1)} ${kind}`).join(gap);
  return [...lines, legend];
}

const gap = '  ';

/** How many cells a row takes of the scale: enough for each of its kinds. */
function cellsOf(sum: readonly number[], largest: number, cells: number): number {
  if (largest === 0) return 0;
  const kindsIn = sum.filter(bytes => bytes > 0).length;
  return Math.max(kindsIn, Math.round((total(sum) / largest) * cells));
}

/**
 * Shares cells among parts by their bytes: each that has some gets one, and what rounding leaves
 * over goes to, or comes from, the part that is furthest from its due.
 *
 * @param cells at least as many as there are parts with bytes
 * @returns a count a part; their sum is `cells`, unless no part has bytes
 */
export function shareCells(parts: readonly number[], cells: number): number[] {
  const whole = total(parts);
  if (whole === 0) return parts.map(() => 0);
  const due = parts.map(bytes => (bytes / whole) * cells);
  const counts = due.map((share, at) =>
    (parts[at] ?? 0) > 0 ? Math.max(1, Math.floor(share)) : 0,
  );
  for (let left = cells - total(counts); left !== 0; left -= Math.sign(left)) {
    const step = Math.sign(left);
    const candidates = counts.flatMap((count, at) => (count + step >= 1 && count > 0 ? [at] : []));
    const distance = (at: number): number => ((due[at] ?? 0) - (counts[at] ?? 0)) * step;
    const furthest = candidates.reduce((best, at) => (distance(at) > distance(best) ? at : best));
    counts[furthest] = (counts[furthest] ?? 0) + step;
  }
  return counts;
}

function sumByKind(segments: readonly Segment[]): number[] {
  return kinds.map(wanted =>
    total(segments.flatMap(({ kind, bytes }) => (kind === wanted ? [bytes] : []))),
  );
}

function sayNumbers({ label, segments, note }: BarRow): string[] {
  const sum = sumByKind(segments);
  const parts = kinds.flatMap((kind, at) => {
    const bytes = sum[at] ?? 0;
    return bytes > 0 ? [`  ${kind} ${formatBytes(bytes)}`] : [];
  });
  const head = `${label}: ${formatBytes(total(sum))}`;
  return [head, ...(note === undefined ? [] : [`  ${note}`]), ...parts];
}

function paint(palette: Palette, kind: SegmentKind, count: number): string {
  return count === 0 ? '' : palette[colourOf[kind]](characters[kind].repeat(count));
}

function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - visibleLength(text)));
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(visibleLength));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
