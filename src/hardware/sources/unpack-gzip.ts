import { gunzipSync } from 'node:zlib';
import { formatBytes } from '../../bytes.ts';
import { GenctlError, messageOf } from '../../errors.ts';

/** Unpacked; a capture of a large machine takes a few MiB. */
export const maxUnpackedBytes = 256 << 20;

/** RFC 1952, 2.3.1, with the one method of compression that there is. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** The content is unpacked in pieces; one that holds all of it need not be put together. */
const [leastPieceBytes, mostPieceBytes] = [64 << 10, 16 << 20];

/** RFC 1952, 2.3.1, ISIZE: how long the content is, unless the file says what is not so. */
function pieceBytes(bytes: Uint8Array): number {
  const saidBytes = bytes.subarray(-4).reduceRight((sum, byte) => sum * 256 + byte, 0);
  return Math.min(Math.max(saidBytes + 1, leastPieceBytes), mostPieceBytes);
}

/**
 * The content of a gzip file, or the bytes as they are where they are none.
 *
 * @throws GenctlError SOURCE_TOO_LARGE (a few bytes can be made to unpack to anything),
 *   CAPTURE_DAMAGED
 */
export function unpackGzip(bytes: Uint8Array): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: maxUnpackedBytes, chunkSize: pieceBytes(bytes) });
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new GenctlError(
        'SOURCE_TOO_LARGE',
        `it unpacks to more than ${formatBytes(maxUnpackedBytes)}, which no machine's files take`,
        { cause: thrown },
      );
    }
    throw new GenctlError('CAPTURE_DAMAGED', `it cannot be unpacked: ${messageOf(thrown)}`, {
      cause: thrown,
      hint: 'Copy the file again, or take the capture again.',
    });
  }
}
