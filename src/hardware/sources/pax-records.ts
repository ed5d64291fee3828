/**
 * Reads what POSIX.1-2001 writes before an entry that does not fit into its header: records
 * `LENGTH KEY=VALUE` with a line break, LENGTH being that of the whole record in bytes.
 *
 * @returns undefined where they are damaged
 */
export function readPaxRecords(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    let length = 0;
    let blank = at;
    for (; isDigit(bytes[blank]); blank += 1) length = length * 10 + (bytes[blank] ?? 0) - digit0;
    const end = at + length;
    const isWhole = bytes[blank] === 0x20 && end > blank && bytes[end - 1] === 0x0a;
    if (!isWhole) return undefined;
    const record = bytes.toString(undefined, blank + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals < 0) return undefined;
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

const [digit0, digit9] = [0x30, 0x39];

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= digit0 && byte <= digit9;
}
