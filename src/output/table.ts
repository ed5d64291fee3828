import { visibleLength } from './visible-length.ts';

/** Rows below their head, as columns. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return formatColumns([head, ...rows]);
}

/**
 * Rows as columns of equal width, two blanks apart. The cells' widths are counted without
 * colours, which add none.
 */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  // Not by Math.max(...): there may be more rows than a call takes arguments.
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, visibleLength(row[column] ?? '')), 0),
  );
  const lines = rows.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
