const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/**
 * Reads a number of bytes as a person writes it: `4096`, `500M`, `2G`; the letters are powers of
 * 1024. Undefined for what is none.
 */
export function parseBytes(text: string): number | undefined {
  const match = /^([0-9]{1,15})([KMGT]?)$/i.exec(text);
  if (match === null) return undefined;
  const power = ['', 'K', 'M', 'G', 'T'].indexOf((match[2] ?? '').toUpperCase());
  const bytes = Number(match[1]) * 1024 ** power;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** A number of bytes as a person reads it: `512 B`, `38.1 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return unit === 'B' ? `${value} B` : `${value.toFixed(1)} ${unit}`;
}
