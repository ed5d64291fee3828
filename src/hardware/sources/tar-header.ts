export const blockBytes = 512;

/** The header of one entry of a tar: POSIX.1-1988 "ustar", or what was before it. */
export interface TarHeader {
  readonly name: string;
  /** One character: `0` a file, `2` a link, `5` a folder … */
  readonly type: string;
  readonly sizeBytes: number;
  /** Of a link; '' of all else. */
  readonly linkTarget: string;
}

/** Where a field is within a header: from its first byte to the one behind its last. */
interface Field {
  readonly start: number;
  readonly end: number;
}

const nameField: Field = { start: 0, end: 100 };
const sizeField: Field = { start: 124, end: 136 };
const checksumField: Field = { start: 148, end: 156 };
const typeAt = 156;
const targetField: Field = { start: 157, end: 257 };
const magicField: Field = { start: 257, end: 263 };
const prefixField: Field = { start: 345, end: 500 };

const [nul, blank, digit0, base256] = [0, 0x20, 0x30, 0x80];

/** Whether the block at a place has the checksum of a header. */
export function isTarHeader(bytes: Uint8Array, at: number): boolean {
  if (at + blockBytes > bytes.length) return false;
  const { start, end } = checksumField;
  // It is made with blanks in its own place.
  const sum =
    sumOf(bytes, at, at + start) + blank * (end - start) + sumOf(bytes, at + end, at + blockBytes);
  return sum === readNumber(bytes, at, checksumField);
}

function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 1) sum += bytes[at] ?? 0;
  return sum;
}

/** Whether the block at a place is one of those that end a tar. */
export function isEndBlock(bytes: Uint8Array, at: number): boolean {
  const end = at + blockBytes;
  let zeros = at;
  while (zeros < end && bytes[zeros] === 0) zeros += 1;
  return zeros === end;
}

/** @returns undefined where the size is no number */
export function readTarHeader(bytes: Buffer, at: number): TarHeader | undefined {
  const sizeBytes = readNumber(bytes, at, sizeField);
  if (sizeBytes === undefined) return undefined;
  const name = readField(bytes, at, nameField);
  const prefix = hasPrefix(bytes, at) ? readField(bytes, at, prefixField) : '';
  const type = String.fromCharCode(bytes[at + typeAt] ?? 0);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type,
    sizeBytes,
    linkTarget: type === '2' ? readField(bytes, at, targetField) : '',
  };
}

/** GNU's own format, `ustar` and two blanks, has times where POSIX has the first part of the name. */
function hasPrefix(bytes: Buffer, at: number): boolean {
  if (bytes[at + magicField.end - 1] !== nul || bytes[at + prefixField.start] === nul) return false;
  return readField(bytes, at, magicField) === 'ustar';
}

function readField(bytes: Buffer, header: number, { start, end }: Field): string {
  return readText(bytes, header + start, header + end);
}

/** Text up to the first NUL. */
export function readText(bytes: Buffer, start: number, end: number): string {
  let at = start;
  while (at < end && bytes[at] !== nul) at += 1;
  // Without an encoding it is UTF-8, and found out quicker than by name.
  return bytes.toString(undefined, start, at);
}

/**
 * Octal digits with blanks around them, up to the first NUL, or GNU's base 256 for what is too
 * large for them; undefined: neither, or too large.
 */
function readNumber(bytes: Uint8Array, header: number, field: Field): number | undefined {
  const end = header + field.end;
  let at = header + field.start;
  let value = 0;
  if (bytes[at] === base256) {
    for (at += 1; at < end; at += 1) value = value * 256 + (bytes[at] ?? 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  at = behindBlanks(bytes, at, end);
  for (; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - digit0;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  at = behindBlanks(bytes, at, end);
  return at === end || bytes[at] === nul ? value : undefined;
}

function behindBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === blank) at += 1;
  return at;
}
