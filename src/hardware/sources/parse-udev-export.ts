import { GenctlError } from '../../errors.ts';
import { isDevicePath } from './sysfs-sketch.ts';

/** A device as `udevadm info --export-db` prints it. */
export interface UdevExportRecord {
  /** Below /sys. */
  readonly path: string;
  /** Lines `E: KEY=value`: what the kernel says in `uevent`, and what udev's rules have set. */
  readonly properties: ReadonlyMap<string, string>;
  /** Lines `S: disk/by-id/…`. */
  readonly links: readonly string[];
  /** Lines `A: size=1024`, of umockdev-record(1) only. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Lines `L: driver=../../…`, of umockdev-record(1) only; udev's own `L: 0` is a priority. */
  readonly linkAttributes: ReadonlyMap<string, string>;
}

interface OpenRecord extends UdevExportRecord {
  readonly properties: Map<string, string>;
  readonly links: string[];
  readonly attributes: Map<string, string>;
  readonly linkAttributes: Map<string, string>;
}

/** A large server has some 10,000 devices, with 50 lines each. */
const maxRecords = 200_000;
const maxLines = 2_000_000;

/**
 * Reads an export: a record begins with its line `P: `. Lines that are of no known kind say
 * nothing; those of a record whose path is none of a device neither.
 *
 * @throws GenctlError SOURCE_TOO_LARGE
 */
export function parseUdevExport(text: string): UdevExportRecord[] {
  const records: OpenRecord[] = [];
  let record: OpenRecord | undefined;
  let lines = 0;
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end).replace(/\r$/, '');
    at = end + 1;
    if (line.startsWith('P: ')) {
      record = isDevicePath(line.slice(3)) ? newRecord(line.slice(3)) : undefined;
      if (record !== undefined) records.push(record);
    } else if (record !== undefined && readLine(record, line)) {
      lines += 1;
    }
    if (records.length > maxRecords || lines > maxLines) {
      throw new GenctlError('SOURCE_TOO_LARGE', 'it holds more devices than any machine has');
    }
  }
  return records;
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

function newRecord(path: string): OpenRecord {
  return {
    path,
    properties: new Map(),
    links: [],
    attributes: new Map(),
    linkAttributes: new Map(),
  };
}

/** @returns whether the line says something */
function readLine(record: OpenRecord, line: string): boolean {
  const value = line.slice(3);
  switch (line.slice(0, 3)) {
    case 'E: ':
      return assign(record.properties, value);
    case 'S: ':
      record.links.push(value);
      return true;
    case 'A: ':
      return assign(record.attributes, value);
    case 'L: ':
      return assign(record.linkAttributes, value);
    default:
      return false;
  }
}

function assign(values: Map<string, string>, text: string): boolean {
  const equals = text.indexOf('=');
  if (equals > 0) values.set(text.slice(0, equals), text.slice(equals + 1));
  return equals > 0;
}
