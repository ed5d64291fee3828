import { byBytes } from '../../host/folder.ts';
import { parseAssignments } from './parse-assignments.ts';

/** What udev knows of one device: a file of /run/udev/data. */
export interface UdevRecord {
  /** Lines `E:KEY=value`. */
  readonly properties: ReadonlyMap<string, string>;
  /**
   * Lines `S:disk/by-uuid/…`: names below /dev that lead to it, in byte order; without
   * `disk/by-diskseq`, which counts what was plugged in since the machine has started.
   */
  readonly links: readonly string[];
}

/** Reads a record of udev's database; what is neither a property nor a link is passed over. */
export function parseUdevRecord(text: string): UdevRecord {
  const lines = text.split('\n');
  return {
    properties: parseAssignments(startingWith('E:', lines).join('\n')),
    links: [...new Set(startingWith('S:', lines))].filter(isLasting).toSorted(byBytes),
  };
}

function isLasting(link: string): boolean {
  return link !== '' && !link.startsWith('disk/by-diskseq/');
}

function startingWith(mark: string, lines: readonly string[]): string[] {
  return lines.filter(line => line.startsWith(mark)).map(line => line.slice(mark.length));
}

/**
 * A value of udev's `…_ENC` properties as text: what may harm a name in /dev is written as `\x20`,
 * byte by byte. Bytes that are no UTF-8 come as U+FFFD.
 */
export function decodeUdevText(value: string): string {
  if (!value.includes('\\x')) return value;
  const bytes = Buffer.from(value, 'utf8')
    .toString('latin1')
    .replace(/\\x([0-9a-f]{2})/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
