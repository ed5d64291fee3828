export const blockBytes = 512;

/** The header of one entry of a tar: POSIX.1-1988 "ustar", or what was before it. */
export interface TarHeader {
  readonly name: string;
  /** One character: `0` a file, `2` a link, `5` a folder … */
  readonly type: string;
  readonly sizeBytes: number;
  readonly linkTarget: string;
}

/** Whether a block has the checksum of a header. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < blockBytes) return false;
  const checksum = block.subarray(148, 156);
  // It is made with blanks in its own place.
  const sum = sumOf(block) - sumOf(checksum) + 0x20 * checksum.length;
  return sum === readNumber(checksum);
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) sum += bytes[at] ?? 0;
  return sum;
}

/** Whether a block is one of those that end a tar. */
export function isEndBlock(block: Uint8Array): boolean {
  return block.length === blockBytes && block.every(byte => byte === 0);
}

/** @returns undefined where the size is no number */
export function readTarHeader(block: Uint8Array): TarHeader | undefined {
  const sizeBytes = readNumber(block.subarray(124, 136));
  if (sizeBytes === undefined) return undefined;
  const name = readText(block.subarray(0, 100));
  // GNU's own format, `ustar` and two blanks, has times where POSIX has the first part of the name.
  const hasPrefix = readText(block.subarray(257, 263)) === 'ustar' && block[262] === 0;
  const prefix = hasPrefix ? readText(block.subarray(345, 500)) : '';
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156] ?? 0),
    sizeBytes,
    linkTarget: readText(block.subarray(157, 257)),
  };
}

/** Text up to the first NUL. */
export function readText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString('utf8');
}

/** Octal digits, or GNU's base 256 for what is too large for them; undefined: neither, or too large. */
function readNumber(bytes: Uint8Array): number | undefined {
  if (bytes[0] === 0x80) {
    const value = bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const text = readText(bytes).trim();
  if (text === '') return 0;
  return /^[0-7]{1,12}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}
