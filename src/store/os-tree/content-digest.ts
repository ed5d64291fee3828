import { createHash } from 'node:crypto';
import type { OpenFile } from '../../host/folder.ts';

const bufferBytes = 1 << 20;

/** Hashes many files, one after the other, through one buffer: most are much smaller than that. */
export class ContentDigest {
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);

  /** SHA-256 (hexadecimal) and size of what is in a file that was just opened. */
  of(file: OpenFile): { sha256: string; sizeBytes: number } {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for (;;) {
      const count = file.read(this.#buffer, 0, bufferBytes);
      if (count === 0) return { sha256: hash.digest('hex'), sizeBytes };
      hash.update(this.#buffer.subarray(0, count));
      sizeBytes += count;
    }
  }
}
