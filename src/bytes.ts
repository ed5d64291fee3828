const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

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
