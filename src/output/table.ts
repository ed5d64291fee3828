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
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map(row => visibleLength(row[column] ?? ''))),
  );
  const lines = rows.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
