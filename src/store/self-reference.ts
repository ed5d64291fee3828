import { createHash } from 'node:crypto';
import { toBase32 } from './nix-base32.ts';
import {
  compressHash,
  hashPartLength,
  parseStorePath,
  type StorePath,
  storeFolder,
} from './store-path.ts';

/**
 * The hash part that stands for a path's own until that is known. Computed, so that it stands
 * nowhere in genctl's own text, which a system may hold.
 */
export const placeholderHashPart = toBase32(
  compressHash(createHash('sha256').update('genctl: a store path in its own content').digest(), 20),
);

const zeros = Buffer.alloc(hashPartLength);

/**
 * What a tree writes where it means its own store path, before that path is known. Nothing ever
 * has this path; `Store.add` with `mentionsSelf` puts the final one in its place.
 */
export function selfPlaceholder(name: string): StorePath {
  return parseStorePath(`${storeFolder}/${placeholderHashPart}-${name}`);
}

/**
 * SHA-256 of a NAR modulo a hash part: each place where that stands counts as 32 NUL bytes, and
 * behind the NAR follow the places, each as `|` and its decimal offset. So the hash does not depend
 * on the hash part, which can be computed from it. The same as Nix's HashModuloSink
 * (`nix store make-content-addressed`).
 */
export class ModuloHash {
  readonly #hash = createHash('sha256');
  readonly #stream: ReplacingStream;

  constructor(hashPart: string) {
    this.#stream = new ReplacingStream(hashPart, zeros);
  }

  /** Takes the next piece, which may be overwritten afterwards. */
  push(piece: Buffer): void {
    this.#hash.update(this.#stream.push(piece));
  }

  /** Ends the stream: the hash, and how often the hash part stood in it. */
  finish(): { sha256: Buffer; matches: number } {
    this.#hash.update(this.#stream.finish());
    for (const offset of this.#stream.matches) this.#hash.update(`|${offset}`);
    return { sha256: this.#hash.digest(), matches: this.#stream.matches.length };
  }
}

/**
 * The pieces of a file with one hash part in place of another, wherever the pieces end. Each is a
 * view of one buffer that the next one overwrites.
 */
export function* withHashPart(
  pieces: Iterable<Buffer>,
  from: string,
  to: string,
): Generator<Buffer, void, undefined> {
  const stream = new ReplacingStream(from, Buffer.from(to, 'latin1'));
  for (const piece of pieces) yield stream.push(piece);
  yield stream.finish();
}

/** Replaces bytes by as many others in a stream, and notes where. */
class ReplacingStream {
  /** Offsets of the places in the whole stream, in bytes. */
  readonly matches: number[] = [];
  readonly #from: Buffer;
  readonly #to: Buffer;
  #buffer = Buffer.alloc(0);
  /** The part of the buffer that is held back: a place may begin in it and end later. */
  #heldStart = 0;
  #heldEnd = 0;
  #passedOnBytes = 0;

  constructor(from: string, to: Buffer) {
    this.#from = Buffer.from(from, 'latin1');
    this.#to = to;
  }

  /** Gives the bytes that are final now, as a view that the next call overwrites. */
  push(piece: Buffer): Buffer {
    const held = this.#heldEnd - this.#heldStart;
    const length = held + piece.length;
    const before = this.#buffer;
    if (before.length < length) this.#buffer = Buffer.allocUnsafe(length);
    before.copy(this.#buffer, 0, this.#heldStart, this.#heldEnd);
    piece.copy(this.#buffer, held);

    const bytes = this.#buffer.subarray(0, length);
    let searched = 0;
    for (;;) {
      const at = bytes.indexOf(this.#from, searched);
      if (at < 0) break;
      this.matches.push(this.#passedOnBytes + at);
      this.#to.copy(bytes, at);
      searched = at + this.#from.length;
    }
    this.#heldStart = Math.max(searched, length - this.#from.length + 1, 0);
    this.#heldEnd = length;
    this.#passedOnBytes += this.#heldStart;
    return bytes.subarray(0, this.#heldStart);
  }

  /** Gives the bytes that were held back. */
  finish(): Buffer {
    return this.#buffer.subarray(this.#heldStart, this.#heldEnd);
  }
}
