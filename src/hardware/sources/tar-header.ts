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

/** Where a field of a header begins, and where it has ended. */
type Field = readonly [start: number, end: number];

const nameField: Field = [0, 100];
const sizeField: Field = [124, 136];
const checksumField: Field = [148, 156];
const typeAt = 156;
const targetField: Field = [157, 257];
const magicField: Field = [257, 263];
const prefixField: Field = [345, 500];

const [nul, blank, digit0, base256] = [0, 0x20, 0x30, 0x80];

/** Whether the block at a place has the checksum of a header. */
export function isTarHeader(bytes: Uint8Array, at: number): boolean {
  if (at + blockBytes > bytes.length) return false;
  const [start, end] = placeOf(checksumField, at);
  // It is made with blanks in its own place.
  const sum = sumOf(bytes, at, start) + blank * (end - start) + sumOf(bytes, end, at + blockBytes);
  return sum === readNumber(bytes, start, end);
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
  const sizeBytes = readNumber(bytes, ...placeOf(sizeField, at));
  if (sizeBytes === undefined) return undefined;
  const name = readText(bytes, ...placeOf(nameField, at));
  // GNU's own format, `ustar` and two blanks, has times where POSIX has the first part of the name.
  const hasPrefix = bytes.toString('latin1', ...placeOf(magicField, at)) === 'ustar\0';
  const prefix = hasPrefix ? readText(bytes, ...placeOf(prefixField, at)) : '';
  const type = String.fromCharCode(bytes[at + typeAt] ?? 0);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type,
    sizeBytes,
    linkTarget: type === '2' ? readText(bytes, ...placeOf(targetField, at)) : '',
  };
}

function placeOf([start, end]: Field, header: number): Field {
  return [header + start, header + end];
}

/** Text up to the first NUL. */
export function readText(bytes: Buffer, start: number, end: number): string {
  let at = start;
  while (at < end && bytes[at] !== nul) at += 1;
  // It is UTF-8 unless told, and does not take long to find that out.
  return bytes.toString(undefined, start, at);
}

/**
 * Octal digits with blanks around them, up to the first NUL, or GNU's base 256 for what is too
 * large for them; undefined: neither, or too large.
 */
function readNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  let value = 0;
  if (bytes[start] === base256) {
    for (let at = start + 1; at < end; at += 1) value = value * 256 + (bytes[at] ?? 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  let at = behindBlanks(bytes, start, end);
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
