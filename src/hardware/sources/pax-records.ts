/**
 * Reads what POSIX.1-2001 writes before an entry that does not fit into its header: records
 * `LENGTH KEY=VALUE` with a line break, LENGTH being that of the whole record in bytes.
 *
 * @returns undefined where they are damaged
 */
export function readPaxRecords(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    const digits = blank < 0 ? '' : bytes.toString('latin1', at, blank);
    const end = at + (/^[0-9]{1,9}$/.test(digits) ? Number(digits) : 0);
    if (end <= blank || end > bytes.length || bytes[end - 1] !== 0x0a) return undefined;
    const record = bytes.toString('utf8', blank + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals < 0) return undefined;
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}
