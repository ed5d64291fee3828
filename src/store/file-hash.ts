import { createHash, type Hash } from 'node:crypto';
import { narOf } from './nar.ts';
import { toBase32 } from './nix-base32.ts';
import { fileOf } from './tree.ts';

/** `)` as a NAR string: its length and eight bytes. */
const closingBytes = 16;

/** The NAR of a file before the length of its content, and behind the content and its padding. */
const framing = [false, true].map(executable => {
  const pieces = Array.from(narOf(fileOf('', { executable })), piece => Buffer.from(piece));
  const nar = Buffer.concat(pieces);
  const lengthAt = nar.length - closingBytes - 8;
  return { head: nar.subarray(0, lengthAt), tail: nar.subarray(lengthAt + 8) };
});

/**
 * SHA-256 of one file's NAR, so of its content and whether it can be executed: what Nix names files
 * of the same content by. The content comes piece by piece.
 */
export class FileHash {
  readonly #hash: Hash = createHash('sha256');
  readonly #sizeBytes: number;
  readonly #tail: Buffer;
  #leftBytes: number;

  constructor(sizeBytes: number, executable: boolean) {
    const { head, tail } = framing[executable ? 1 : 0] as { head: Buffer; tail: Buffer };
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(sizeBytes));
    this.#hash.update(head).update(length);
    this.#sizeBytes = sizeBytes;
    this.#leftBytes = sizeBytes;
    this.#tail = tail;
  }

  push(piece: Uint8Array): void {
    this.#hash.update(piece);
    this.#leftBytes -= piece.length;
  }

  /** In Nix's base 32; undefined where another number of bytes came than was said. */
  finish(): string | undefined {
    if (this.#leftBytes !== 0) return undefined;
    const padding = Buffer.alloc((8 - (this.#sizeBytes % 8)) % 8);
    return toBase32(this.#hash.update(padding).update(this.#tail).digest());
  }
}
