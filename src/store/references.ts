import { base32Digits } from './nix-base32.ts';
import { hashPartLength, hashPartOf, type StorePath } from './store-path.ts';

/** 1 for the bytes that a hash part is made of. */
const isDigit = new Uint8Array(256);
for (const digit of base32Digits) isDigit[digit.charCodeAt(0)] = 1;

/** The store paths that are looked for: prepared once, for many streams. */
export class ReferenceCandidates {
  readonly wanted: ReadonlyMap<string, StorePath>;
  /** 1 for each pair of first bytes of a wanted hash part: most windows of digits end here. */
  readonly firstPairs = new Uint8Array(1 << 16);

  constructor(paths: Iterable<StorePath>) {
    this.wanted = new Map(Array.from(paths, path => [hashPartOf(path), path]));
    for (const hashPart of this.wanted.keys()) {
      this.firstPairs[pairOf(hashPart.charCodeAt(0), hashPart.charCodeAt(1))] = 1;
    }
  }
}

/**
 * Finds which of some store paths a stream of bytes mentions, by their hash parts, wherever the
 * pieces of the stream end. As Nix, it looks at every run of 32 base-32 digits.
 *
 * Most bytes are never looked at: when the last byte of a window is no digit, the next window
 * that can match begins behind it.
 */
export class ReferenceScanner {
  readonly #candidates: ReferenceCandidates;
  readonly #found = new Set<StorePath>();
  /** Up to 31 bytes: the end of what came so far. */
  readonly #tail = Buffer.alloc(hashPartLength - 1);
  #tailLength = 0;

  constructor(candidates: Iterable<StorePath> | ReferenceCandidates) {
    this.#candidates =
      candidates instanceof ReferenceCandidates ? candidates : new ReferenceCandidates(candidates);
  }

  /** The paths that were mentioned until now, sorted. */
  get found(): StorePath[] {
    return [...this.#found].toSorted();
  }

  /** Looks at the next piece, which may be overwritten afterwards. */
  push(piece: Buffer): void {
    if (this.#candidates.wanted.size === 0 || piece.length === 0) return;
    // First the windows that begin in the tail and end in this piece.
    const tail = this.#tail.subarray(0, this.#tailLength);
    const bridge = Buffer.concat([tail, piece.subarray(0, hashPartLength - 1)]);
    this.#scan(bridge);
    this.#scan(piece);
    const ending = piece.length < hashPartLength - 1 ? bridge : piece;
    this.#tailLength = Math.min(ending.length, hashPartLength - 1);
    ending.copy(this.#tail, 0, ending.length - this.#tailLength);
  }

  #scan(bytes: Buffer): void {
    const { firstPairs } = this.#candidates;
    let start = 0;
    /** All bytes from `start` up to here are known to be digits. */
    let digitsEnd = 0;
    while (start + hashPartLength <= bytes.length) {
      let at = start + hashPartLength - 1;
      while (at >= digitsEnd && isDigit[bytes[at] as number] === 1) at--;
      if (at >= digitsEnd) {
        digitsEnd = start + hashPartLength;
        start = at + 1;
      } else {
        if (firstPairs[pairOf(bytes[start] as number, bytes[start + 1] as number)] === 1) {
          this.#lookUp(bytes.toString('latin1', start, start + hashPartLength));
        }
        digitsEnd = start + hashPartLength;
        start++;
      }
    }
  }

  #lookUp(hashPart: string): void {
    const path = this.#candidates.wanted.get(hashPart);
    if (path !== undefined) this.#found.add(path);
  }
}

function pairOf(first: number, second: number): number {
  return (first << 8) | second;
}
