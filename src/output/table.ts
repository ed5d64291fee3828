import { visibleLength } from './visible-length.ts';

/**
 * Rows as columns of equal width, two blanks apart. The cells' widths are counted without
 * colours, which add none.
 */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...all.map(row => visibleLength(row[column] ?? ''))),
  );
  const lines = all.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
