// Disks as a power cut may leave them: of what was written since the last flush, a disk with a
// cache of its own keeps any sectors, in any order.
import { copyFile, open } from 'node:fs/promises';
import { type DiskWrite, sectorBytes } from './write-log.ts';

export interface PowerCut {
  /** How many of the writes had been made. */
  readonly after: number;
  /** How much of what was not flushed is lost: 0 nothing, 1 all. */
  readonly loss: number;
  readonly seed: number;
}

type Random = () => number;

/** A small generator of numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Cuts right before each flush that makes a write durable which matters, where most is at stake:
 * with nothing of it lost, with all of it lost, and with shares in between.
 */
export function cutsBeforeFlushes(
  writes: readonly DiskWrite[],
  matters: (write: DiskWrite) => boolean,
  seed: number,
): readonly PowerCut[] {
  const random = seeded(seed);
  const cuts: PowerCut[] = [];
  let lastFlush = 0;
  for (const [after, { flushes }] of writes.entries()) {
    if (!flushes) continue;
    if (writes.slice(lastFlush, after).some(matters)) {
      cuts.push(...losses.map(loss => ({ after, loss, seed: Math.floor(random() * 2 ** 32) })));
    }
    lastFlush = after;
  }
  return cuts;
}

const losses = [0, 0.2, 0.5, 0.8, 1];

/** A disk that can be brought to the state after any power cut, again and again. */
export class CutDisk {
  readonly #start: string;
  readonly #writes: readonly DiskWrite[];
  /** The content before the first write of all sectors that any write touches. */
  readonly #before: ReadonlyMap<number, Buffer>;

  private constructor(
    start: string,
    writes: readonly DiskWrite[],
    before: ReadonlyMap<number, Buffer>,
  ) {
    this.#start = start;
    this.#writes = writes;
    this.#before = before;
  }

  /** @param start the disk as it was before the writes */
  static async open(start: string, writes: readonly DiskWrite[]): Promise<CutDisk> {
    const before = new Map<number, Buffer>();
    await using file = await open(start, 'r');
    for (const [sector] of writes.flatMap(sectorsOf)) {
      if (before.has(sector)) continue;
      const content = Buffer.alloc(sectorBytes);
      await file.read(content, 0, sectorBytes, sector * sectorBytes);
      before.set(sector, content);
    }
    return new CutDisk(start, writes, before);
  }

  /** Makes an image of the disk as it was before all writes, for `cut` to work on. */
  async copyTo(image: string): Promise<void> {
    await copyFile(this.#start, image);
  }

  /** @param image a copy that nothing but this has written to */
  async cut(image: string, { after, loss, seed }: PowerCut): Promise<void> {
    const done = this.#writes.slice(0, after);
    const lastFlush = done.findLastIndex(({ flushes }) => flushes);
    const random = seeded(seed);
    const content = new Map(this.#before);
    for (const [index, write] of done.entries()) {
      const isSafe = index < lastFlush || write.isDurable;
      for (const [sector, data] of sectorsOf(write)) {
        if (isSafe || random() >= loss) content.set(sector, data);
      }
    }
    await using file = await open(image, 'r+');
    for (const { sector, data } of runsOf(content)) {
      await file.write(data, 0, data.length, sector * sectorBytes);
    }
  }
}

/** Sectors that follow each other, together: a write for each one would take much longer. */
function runsOf(content: ReadonlyMap<number, Buffer>): { sector: number; data: Buffer }[] {
  const runs: { sector: number; parts: Buffer[] }[] = [];
  for (const [sector, part] of [...content].toSorted(([left], [right]) => left - right)) {
    const last = runs.at(-1);
    if (last !== undefined && last.sector + last.parts.length === sector) last.parts.push(part);
    else runs.push({ sector, parts: [part] });
  }
  return runs.map(({ sector, parts }) => ({ sector, data: Buffer.concat(parts) }));
}

function sectorsOf({ sector, data }: DiskWrite): [number, Buffer][] {
  return Array.from({ length: data.length / sectorBytes }, (_, index) => [
    sector + index,
    data.subarray(index * sectorBytes, (index + 1) * sectorBytes),
  ]);
}
