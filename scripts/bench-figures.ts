// How commands are timed, and how a table of figures is printed.
import { spawnSync } from 'node:child_process';

export interface Figure {
  what: string;
  milliseconds: number;
  /** Times the command that the others are compared to, in the same interleaved runs. */
  ratio: number;
}

/** Milliseconds that a program takes, start and end included; `environment` comes on top of ours. */
export function time(
  argv: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): number {
  const [program, ...args] = argv;
  const options = {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 1 << 28,
  } as const;
  const start = process.hrtime.bigint();
  const { status, stderr, error } = spawnSync(program, args, options);
  const nanoseconds = process.hrtime.bigint() - start;
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${error?.message ?? stderr}`);
  return Number(nanoseconds) / 1e6;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function print(title: string, figures: readonly Figure[], unit: string): void {
  printTable(
    [title, 'median', unit],
    figures.map(({ what, milliseconds, ratio }) => [what, shown(milliseconds), ratio.toFixed(2)]),
  );
}

/** A table in Markdown, with numbers in all columns but the first. */
export function printTable(heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = heads.map((_, index) => (index === 0 ? '---' : '---:'));
  console.log(`\n${[heads, rule, ...rows].map(line).join('\n')}`);
}

/** A time as a person reads it. */
export function shown(milliseconds: number): string {
  return milliseconds < 9_999.5
    ? `${milliseconds.toFixed(0)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}
