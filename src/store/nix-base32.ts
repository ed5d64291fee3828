/**
 * Nix's base 32: the digits leave out e, o, t and u, and the least significant bits come last
 * (Nix manual, "Store path specification": nix32). Not RFC 4648.
 */
export const base32Digits = '0123456789abcdfghijklmnpqrsvwxyz';

/** The value of each digit by its character code; 255 for what is none. */
const values = new Uint8Array(128).fill(255);
for (let value = 0; value < base32Digits.length; value++) {
  values[base32Digits.charCodeAt(value)] = value;
}

/** The text of some bytes: 32 characters for 20 bytes, 52 for a SHA-256. */
export function toBase32(bytes: Uint8Array): string {
  const length = Math.ceil((bytes.length * 8) / 5);
  let text = '';
  for (let digit = length - 1; digit >= 0; digit--) {
    const at = (digit * 5) >> 3;
    const shift = (digit * 5) & 7;
    const pair = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    text += base32Digits[(pair >> shift) & 31];
  }
  return text;
}

/** The bytes of a text in Nix's base 32; undefined where it is none. */
export function fromBase32(text: string): Buffer | undefined {
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  // A length that no number of bytes has.
  if (Math.ceil((bytes.length * 8) / 5) !== text.length) return undefined;
  for (let digit = 0; digit < text.length; digit++) {
    const value = values[text.charCodeAt(text.length - 1 - digit)] ?? 255;
    if (value === 255) return undefined;
    const at = (digit * 5) >> 3;
    const shifted = value << ((digit * 5) & 7);
    bytes[at] = (bytes[at] ?? 0) | shifted;
    // Bits beyond the last byte.
    if (at + 1 < bytes.length) bytes[at + 1] = shifted >> 8;
    else if (shifted >> 8 !== 0) return undefined;
  }
  return bytes;
}
