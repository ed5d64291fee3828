/**
 * Nix's base 32: the digits leave out e, o, t and u, and the least significant bits come last
 * (Nix manual, "Store path specification": nix32). Not RFC 4648.
 */
export const base32Digits = '0123456789abcdfghijklmnpqrsvwxyz';

/** The text of some bytes: 32 characters for 20 bytes, 52 for a SHA-256. */
export function toBase32(bytes: Uint8Array): string {
  const length = Math.ceil((bytes.length * 8) / 5);
  let text = '';
  for (let digit = length - 1; digit >= 0; digit--) {
    const at = Math.floor((digit * 5) / 8);
    const shift = (digit * 5) % 8;
    const pair = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    text += base32Digits.charAt((pair >> shift) & 31);
  }
  return text;
}

/** The bytes of a text in Nix's base 32; undefined where it is none. */
export function fromBase32(text: string): Buffer | undefined {
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  for (let digit = 0; digit < text.length; digit++) {
    const value = base32Digits.indexOf(text.charAt(text.length - 1 - digit));
    if (value < 0) return undefined;
    const at = Math.floor((digit * 5) / 8);
    const shifted = value << ((digit * 5) % 8);
    // Writes beyond the end are dropped by the buffer.
    bytes[at] = (bytes[at] ?? 0) | shifted;
    bytes[at + 1] = (bytes[at + 1] ?? 0) | (shifted >> 8);
  }
  // Bits beyond the last byte, or a length that no number of bytes has, do not come back.
  return toBase32(bytes) === text ? bytes : undefined;
}
