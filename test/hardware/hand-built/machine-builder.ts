import { posix } from 'node:path';
import { CaptureEntries } from './capture-entries.ts';
import type { Content } from './disk-content.ts';
import { encoded } from './disk-content.ts';

/** Where a part hangs. */
export interface Place {
  readonly machine: MachineBuilder;
  /** Below /sys, without a leading slash. */
  readonly path: string;
  /** udev's ID_PATH of it, as far as it goes: `pci-0000:00:1f.2`; `''` where it has none. */
  readonly idPath: string;
}

/** Puts one device, and what hangs on it, into a machine. */
export type Part = (at: Place) => void;

/** One block of /proc/bus/input/devices, whose numbers the machine gives. */
export interface InputListing {
  readonly id: string;
  readonly name: string;
  readonly phys: string;
  /** `sysrq kbd eventN leds` with `eventN` for its number. */
  readonly handlers: string;
  readonly bits: readonly string[];
}

interface BlockEntry {
  readonly path: string;
  readonly liesOn: readonly string[];
}

/** What udev knows of a block device, beside what lies on it. */
export interface UdevNotes {
  readonly links: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
}

/** A machine while it is put together: its entries, and the numbers that the kernel hands out. */
export class MachineBuilder {
  readonly entries = new CaptureEntries();
  /** Whether udev runs on it; if not, what blkid says of its devices is in the capture. */
  readonly hasUdev: boolean;
  readonly #blocks = new Map<string, BlockEntry>();
  readonly #counters = new Map<string, number>();
  readonly #inputs: string[] = [];

  constructor(hasUdev: boolean) {
    this.hasUdev = hasUdev;
  }

  /** The next number of a kind that the kernel counts from `first` on. */
  next(kind: string, first = 0): number {
    const number = this.#counters.get(kind) ?? first;
    this.#counters.set(kind, number + 1);
    return number;
  }

  /** Lists an input device; gives the number of its event device. */
  listInput(path: string, listing: InputListing): number {
    const event = this.next('event');
    this.#inputs.push(
      [
        `I: ${listing.id}`,
        `N: Name="${listing.name}"`,
        `P: Phys=${listing.phys}`,
        `S: Sysfs=/${path}`,
        'U: Uniq=',
        `H: Handlers=${listing.handlers.replace('eventN', `event${event}`)} `,
        ...listing.bits.map(bits => `B: ${bits}`),
        '',
        '',
      ].join('\n'),
    );
    return event;
  }

  /** Notes a block device: its place in sysfs, what it lies on, and what udev or blkid knows. */
  addBlock(
    name: string,
    block: BlockEntry & { number: string; content: Content; notes: UdevNotes },
  ): void {
    this.#blocks.set(name, { path: block.path, liesOn: block.liesOn });
    const properties = { ...block.content.properties, ...block.notes.properties };
    if (this.hasUdev) {
      const links = [...new Set([...block.content.links, ...block.notes.links])].toSorted();
      this.entries.file(
        `run/udev/data/b${block.number}`,
        [
          ...links.map(link => `S:${link}`),
          ...Object.keys(properties)
            .toSorted()
            .map(key => `E:${key}=${properties[key]}`),
        ]
          .map(line => `${line}\n`)
          .join(''),
      );
    } else if (Object.keys(block.content.properties).length > 0) {
      this.entries.file(
        `blkid/${name}`,
        Object.entries(block.content.properties)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      );
    }
  }

  blockPath(name: string): string {
    const block = this.#blocks.get(name);
    if (block === undefined) throw new Error(`no block device ${name} was described`);
    return block.path;
  }

  /** What can only be said when all devices are there. */
  finish(): void {
    for (const [name, block] of this.#blocks) {
      for (const lower of block.liesOn) {
        const lowerPath = this.blockPath(lower);
        this.entries.link(`sys/${block.path}/slaves/${lower}`, `sys/${lowerPath}`);
        this.entries.link(`sys/${lowerPath}/holders/${name}`, `sys/${block.path}`);
      }
    }
    this.entries.file('proc/bus/input/devices', this.#inputs.join(''));
  }
}

/** A place below another one. */
export function below(at: Place, name: string, idPath = at.idPath): Place {
  return { machine: at.machine, path: posix.join(at.path, name), idPath };
}

export function place(parts: readonly Part[], at: Place): void {
  for (const part of parts) part(at);
}

/** `disk/by-path/…` of a disk, or of one of its partitions. */
export function byPath(idPath: string, partition?: number): readonly string[] {
  if (idPath === '') return [];
  const end = partition === undefined ? '' : `-part${partition}`;
  return [`disk/by-path/${encoded(idPath)}${end}`];
}
