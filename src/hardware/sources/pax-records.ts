/**
 * Reads what POSIX.1-2001 writes before an entry that does not fit into its header: records
 * `LENGTH KEY=VALUE` with a line break, LENGTH being that of the whole record in bytes.
 *
 * @returns undefined where they are damaged
 */
export function readPaxRecords(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.length; ) {
    const blank = buffer.indexOf(0x20, at);
    const digits = blank < 0 ? '' : buffer.toString('latin1', at, blank);
    const end = at + (/^[0-9]{1,9}$/.test(digits) ? Number(digits) : 0);
    if (end <= blank || end > buffer.length || buffer[end - 1] !== 0x0a) return undefined;
    const record = buffer.toString('utf8', blank + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals < 0) return undefined;
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}
