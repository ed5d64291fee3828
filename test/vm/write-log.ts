// What a machine wrote to its disk, write by write, as QEMU's blklogwrites driver records it: the
// format of Linux's dm-log-writes (Documentation/admin-guide/device-mapper/log-writes.rst).
import { open, readFile } from 'node:fs/promises';

export const sectorBytes = 512;

export interface DiskWrite {
  /** Where it goes, in sectors of the disk. */
  readonly sector: number;
  readonly data: Buffer;
  /** Everything before it is durable. */
  readonly flushes: boolean;
  /** It is durable itself once it is done. */
  readonly isDurable: boolean;
}

const magic = 0x6a736677736872n;
const flags = { flush: 1n, durable: 2n, discard: 4n };

/** Reads a log to its end. */
export async function readWriteLog(path: string): Promise<readonly DiskWrite[]> {
  const log = await readFile(path);
  if (log.length < 28 || log.readBigUInt64LE(0) !== magic) throw new Error(`no log: ${path}`);
  const count = Number(log.readBigUInt64LE(16));
  if (log.readUInt32LE(24) !== sectorBytes) throw new Error('only sectors of 512 bytes');
  const writes: DiskWrite[] = [];
  let at = sectorBytes;
  for (let index = 0; index < count; index += 1) {
    const sector = Number(log.readBigUInt64LE(at));
    const length = Number(log.readBigUInt64LE(at + 8)) * sectorBytes;
    const kinds = log.readBigUInt64LE(at + 16);
    at += sectorBytes;
    const isDiscard = (kinds & flags.discard) !== 0n;
    const data = log.subarray(at, isDiscard ? at : at + length);
    at += data.length;
    writes.push({
      sector,
      data,
      flushes: (kinds & flags.flush) !== 0n,
      isDurable: (kinds & flags.durable) !== 0n,
    });
  }
  return writes;
}

/** Brings an image to the state that these writes lead to. */
export async function applyWrites(image: string, writes: readonly DiskWrite[]): Promise<void> {
  await using file = await open(image, 'r+');
  for (const { sector, data } of writes) {
    if (data.length > 0) await file.write(data, 0, data.length, sector * sectorBytes);
  }
}
