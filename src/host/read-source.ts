import * as fs from 'node:fs';
import { GenctlError } from '../errors.ts';
import { printableLine } from '../printable.ts';
import { fileError } from './file-error.ts';

const standardInput = 0;
const pieceBytes = 1 << 16;

/**
 * All that a file holds which a person has named, be it a pipe that a shell has made; it is read
 * to its end, whatever size it says it has.
 *
 * @throws GenctlError FILE_MISSING, IS_A_FOLDER …; FILE_TOO_LARGE where more than `maxBytes` come
 */
export function readNamedFile(path: string, maxBytes: number): Buffer {
  const handle = attempt(path, () => fs.openSync(path, 'r'));
  try {
    return readToEnd(handle, path, maxBytes);
  } finally {
    fs.closeSync(handle);
  }
}

/** All that comes on standard input; the same errors. */
export function readStandardInput(maxBytes: number): Buffer {
  return readToEnd(standardInput, 'standard input', maxBytes);
}

function readToEnd(handle: number, name: string, maxBytes: number): Buffer {
  const pieces: Buffer[] = [];
  for (let sizeBytes = 0; ; ) {
    const piece = Buffer.allocUnsafe(pieceBytes);
    const count = attempt(name, () => readPiece(handle, piece));
    if (count === 0) return Buffer.concat(pieces);
    sizeBytes += count;
    if (sizeBytes > maxBytes) {
      throw new GenctlError(
        'FILE_TOO_LARGE',
        `cannot read ${printableLine(name)}: it has more than ${maxBytes} bytes`,
        { hint: 'Check that it is the file that you mean.' },
      );
    }
    pieces.push(piece.subarray(0, count));
  }
}

/** Waits for a writer that is slow: of a pipe in non-blocking mode. */
function readPiece(handle: number, into: Buffer): number {
  for (;;) {
    try {
      return fs.readSync(handle, into);
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
      if (code !== 'EAGAIN') throw thrown;
    }
  }
}

function attempt<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw fileError('read', name, thrown);
  }
}
