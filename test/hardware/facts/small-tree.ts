import type { HardwareSource } from '../../../src/hardware/sources/hardware-source.ts';
import { MemoryTree } from '../../../src/hardware/sources/memory-tree.ts';
import {
  fileEntry,
  folderEntry,
  linkEntry,
  type TreeEntry,
} from '../../../src/hardware/sources/tree-entry.ts';

/** What stands at a path: a file's content, a link, or an empty folder. */
export type Standing = string | Uint8Array | { readonly to: string };

export type Standings = Readonly<Record<string, Standing>>;

/** An empty folder. */
export const folder = { to: '' } as const;

/** A tree of the files of a machine, by absolute path; links lead somewhere, as in /sys. */
export function smallTree(standings: Standings, unreadable: readonly string[] = []): MemoryTree {
  const entries = Object.entries(standings).map(([path, standing]): [string, TreeEntry] => {
    if (standing === folder) return [path, folderEntry];
    return typeof standing === 'string' || standing instanceof Uint8Array
      ? [path, fileEntry(standing)]
      : [path, linkEntry(standing.to)];
  });
  return MemoryTree.withEndsOfLinks(new Map(entries), unreadable);
}

export function sourceOf(tree: MemoryTree, silentOn: readonly string[] = []): HardwareSource {
  return { kind: 'capture', name: 'small', tree, silentOn };
}

/** Lines of a file, each with its line break. */
export function lines(...each: readonly string[]): string {
  return each.map(line => `${line}\n`).join('');
}

/**
 * A device on a bus with all that the kernel puts there.
 *
 * @param path below /sys
 * @param driver `NAME@MODULE`, or `NAME` of one that is part of the kernel
 */
export function device(
  path: string,
  bus: string,
  said: readonly string[],
  driver?: string,
): Standings {
  const [name, module] = driver?.split('@') ?? [];
  const found: Record<string, Standing> = {
    [`/sys${path}/uevent`]: lines(...(name === undefined ? [] : [`DRIVER=${name}`]), ...said),
    [`/sys${path}/subsystem`]: { to: `/sys/bus/${bus}` },
    [`/sys/bus/${bus}/devices/${path.slice(path.lastIndexOf('/') + 1)}`]: { to: `/sys${path}` },
  };
  if (name !== undefined) {
    found[`/sys${path}/driver`] = { to: `/sys/bus/${bus}/drivers/${name}` };
    if (module !== undefined) {
      found[`/sys/bus/${bus}/drivers/${name}/module`] = { to: `/sys/module/${module}` };
    }
  }
  return found;
}

/** A device of a class: a disk, a network interface. */
export function classDevice(path: string, name: string, said: readonly string[]): Standings {
  return {
    [`/sys${path}/uevent`]: lines(...said),
    [`/sys${path}/subsystem`]: { to: `/sys/class/${name}` },
    [`/sys/class/${name}/${path.slice(path.lastIndexOf('/') + 1)}`]: { to: `/sys${path}` },
  };
}

/** What a test says of a block device. */
export interface BlockTold {
  readonly number: string;
  readonly sectors?: number;
  readonly type?: 'disk' | 'partition';
  readonly said?: readonly string[];
  readonly slaves?: readonly string[];
  /** Further files of its folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Lines of udev's record. */
  readonly udev?: readonly string[];
}

/** A block device with the files that all of them have. */
export function block(path: string, told: BlockTold): Standings {
  const [major, minor] = told.number.split(':');
  const name = path.slice(path.lastIndexOf('/') + 1);
  const type = told.type ?? 'disk';
  const found: Record<string, Standing> = {
    ...classDevice(path, 'block', [
      `MAJOR=${major}`,
      `MINOR=${minor}`,
      `DEVNAME=${name}`,
      `DEVTYPE=${type}`,
      ...(told.said ?? []),
    ]),
    [`/sys${path}/dev`]: `${told.number}\n`,
    [`/sys${path}/size`]: `${told.sectors ?? 2048}\n`,
    [`/sys${path}/ro`]: '0\n',
  };
  if (type === 'disk') {
    found[`/sys${path}/removable`] = '0\n';
    found[`/sys${path}/hidden`] = '0\n';
  }
  for (const slave of told.slaves ?? []) {
    found[`/sys${path}/slaves/${slave}`] = { to: `/sys/class/block/${slave}` };
  }
  for (const [file, content] of Object.entries(told.files ?? {})) {
    found[`/sys${path}/${file}`] = content;
  }
  if (told.udev !== undefined) found[`/run/udev/data/b${told.number}`] = lines(...told.udev);
  return found;
}
