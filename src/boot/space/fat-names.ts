import type { NameTable } from './volume.ts';

/** Bytes of one slot of a FAT directory. */
export const slotBytes = 32;

/** FAT's own limit of what a directory can hold: 2 MiB. */
const mostSlots = 65_536;

/**
 * What programs that write FAT do differently. The rest is the format's, so a model that is
 * checked with one writer's ways holds for another's.
 */
export interface FatWriter {
  /** Slots that a name takes. */
  slotsOf(name: string): number;
  /** Whether a renamed file's own old slots may hold its new name. */
  renamesIntoOwnSlots: boolean;
}

/** Linux's vfat, mounted with its default `shortname=mixed`. */
export const linuxWriter: FatWriter = {
  slotsOf: name => (plainShortName.test(name) ? 1 : longSlots(name)),
  renamesIntoOwnSlots: false,
};

/** Capitals, 8.3, and only what a short name may hold on every code page. */
const plainShortName = /^[A-Z0-9!#$%&'()@^_`{}~-]{1,8}(?:\.[A-Z0-9!#$%&'()@^_`{}~-]{1,3})?$/;

/** One for the short name, and one for each 13 UTF-16 units of the long one. */
export function longSlots(name: string): number {
  return 1 + Math.ceil(name.length / 13);
}

/** The fewest slots that the name can have, whoever wrote it: 8.3 in small letters may be short. */
function fewestSlots(name: string): number {
  return linuxWriter.slotsOf(name.toUpperCase());
}

interface Run {
  start: number;
  slots: number;
}

/**
 * A directory whose slots are all known. A name goes to the first run of free slots that is long
 * enough, deleted ones and those behind the last name alike; else the directory grows from its
 * free end on.
 */
export class FatDirectory implements NameTable {
  readonly #writer: FatWriter;
  readonly #slotsPerCluster: number;
  /** The slots of a root directory of FAT12 and FAT16, which is outside of all clusters. */
  readonly #fixedSlots: number | undefined;
  /** By their start; no two of them touch. */
  readonly #free: Run[];
  readonly #names = new Map<string, Run>();
  #slots: number;
  #isOverfull = false;

  private constructor(writer: FatWriter, slotsPerCluster: number, fixedSlots?: number) {
    this.#writer = writer;
    this.#slotsPerCluster = slotsPerCluster;
    this.#fixedSlots = fixedSlots;
    this.#slots = fixedSlots ?? slotsPerCluster;
    this.#free = [{ start: 0, slots: this.#slots }];
  }

  /** A new folder: a cluster that holds its `.` and `..`. */
  static folder(writer: FatWriter, clusterBytes: number): FatDirectory {
    const made = FatDirectory.chain(writer, clusterBytes);
    made.#place('.', 1);
    made.#place('..', 1);
    return made;
  }

  /** The root directory of an empty FAT32: a chain of one cluster. */
  static chain(writer: FatWriter, clusterBytes: number): FatDirectory {
    return new FatDirectory(writer, clusterBytes / slotBytes);
  }

  /** The root directory of an empty FAT12 or FAT16. */
  static fixed(writer: FatWriter, slots: number): FatDirectory {
    return new FatDirectory(writer, 0, slots);
  }

  get clusters(): number {
    return this.#fixedSlots === undefined ? this.#slots / this.#slotsPerCluster : 0;
  }

  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  take(name: string): void {
    this.#place(name, this.#writer.slotsOf(name));
  }

  release(name: string): void {
    const run = this.#names.get(name);
    if (run === undefined) return;
    this.#names.delete(name);
    const found = this.#free.findIndex(({ start }) => start > run.start);
    const at = found < 0 ? this.#free.length : found;
    this.#free.splice(at, 0, run);
    this.#joinNext(at);
    if (at > 0) this.#joinNext(at - 1);
  }

  exchange(from: string, to: string): void {
    if (this.#writer.renamesIntoOwnSlots) this.release(from);
    this.take(to);
    this.release(from);
  }

  #joinNext(at: number): void {
    const [run, next] = [this.#free[at], this.#free[at + 1]];
    if (run === undefined || next?.start !== run.start + run.slots) return;
    this.#free.splice(at, 2, { start: run.start, slots: run.slots + next.slots });
  }

  #place(name: string, slots: number): void {
    const at = this.#free.findIndex(run => run.slots >= slots);
    const run = this.#free[at];
    if (run === undefined) {
      if (this.#grow(slots)) this.#place(name, slots);
      return;
    }
    const rest = { start: run.start + slots, slots: run.slots - slots };
    this.#free.splice(at, 1, ...(rest.slots > 0 ? [rest] : []));
    this.#names.set(name, { start: run.start, slots });
  }

  /** Adds clusters until a name fits behind the last one. */
  #grow(slots: number): boolean {
    const last = this.#free.at(-1);
    const reachesEnd = last !== undefined && last.start + last.slots === this.#slots;
    const missing = slots - (reachesEnd ? last.slots : 0);
    const added = Math.ceil(missing / this.#slotsPerCluster) * this.#slotsPerCluster;
    if (this.#fixedSlots !== undefined || this.#slots + added > mostSlots) {
      this.#isOverfull = true;
      return false;
    }
    this.#free.push({ start: this.#slots, slots: added });
    this.#slots += added;
    this.#joinNext(this.#free.length - 2);
    return true;
  }
}

/**
 * A directory of which only its size was seen. Where its free slots are nobody knows, so there
 * are none, with one exception: a name that comes right after one at least as long has left must
 * find room, wherever both are. With that, the temporary names of files that are made one after
 * another take the room of one.
 *
 * What it says is never below the truth: a name that finds no run to go into takes at most all of
 * its slots from new clusters. It is at most a cluster above where the free slots are fewer than
 * a cluster's, as in a folder that was filled once, and names that are removed are not made up for
 * by others.
 */
export class SeenFatDirectory implements NameTable {
  readonly #slotsPerCluster: number;
  readonly #seenClusters: number;
  #addedSlots = 0;
  /** Slots of a run that is free for certain: nothing was taken since it was left. */
  #surelyFree = 0;
  readonly isOverfull = false;

  constructor(clusterBytes: number, sizeBytes: number) {
    this.#slotsPerCluster = clusterBytes / slotBytes;
    this.#seenClusters = Math.ceil(sizeBytes / clusterBytes);
  }

  get clusters(): number {
    return this.#seenClusters + Math.ceil(this.#addedSlots / this.#slotsPerCluster);
  }

  take(name: string): void {
    const slots = linuxWriter.slotsOf(name);
    if (slots > this.#surelyFree) this.#addedSlots += slots;
    this.#surelyFree = 0;
  }

  release(name: string): void {
    this.#surelyFree = Math.max(this.#surelyFree, fewestSlots(name));
  }

  exchange(from: string, to: string): void {
    this.take(to);
    this.release(from);
  }
}
