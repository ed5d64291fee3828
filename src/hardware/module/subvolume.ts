import { hidden } from '../../printable.ts';
import type { MountedFileSystem } from '../facts/facts.ts';
import type { PlannedOption } from './planned-mount.ts';

/** Which subvolume of a btrfs a mount shows, or shows a folder of. */
export interface Subvolume {
  /** From the top of the file system: `/`, `/@home`. */
  readonly path: string;
  /** Null where no option can say it. */
  readonly option: PlannedOption | null;
  /** The mount without its options that say the same. */
  readonly rest: MountedFileSystem;
}

const named = 'subvol=';

/**
 * The subvolume as the mount table says it; undefined for other file systems.
 *
 * A comma parts options, and may be in a subvolume's name as well: as many parts belong to it as
 * it takes for the folder that is mounted to be in it.
 */
export function subvolumeOf(mount: MountedFileSystem): Subvolume | undefined {
  if (mount.type !== 'btrfs') return undefined;
  const { superOptions, rootInside } = mount;
  const at = superOptions.findIndex(option => option.startsWith(named));
  const id = superOptions.find(option => /^subvolid=\d+$/.test(option));
  const parts = at < 0 ? [] : superOptions.slice(at);
  const fitting = parts.findIndex((_, last) => isFolderIn(rootInside, pathOf(parts, last)));
  const path = pathOf(parts, Math.max(fitting, 0));
  const end = at + fitting + 1;
  const isTold = fitting >= 0;
  const others = isTold ? superOptions.toSpliced(at, end - at) : superOptions;
  const rest = { ...mount, superOptions: others.filter(option => !option.startsWith('subvolid=')) };
  // Where the two say something different the folder is what is seen.
  const subvolume = isTold ? path : rootInside;
  return { path: subvolume, option: optionFor(subvolume, id), rest };
}

/** What the first options say together, from `subvol=` to the one with the number `last`. */
function pathOf(parts: readonly string[], last: number): string {
  const told = parts
    .slice(0, last + 1)
    .join(',')
    .slice(named.length);
  return `/${told.replace(/^\/+/, '')}`;
}

function isFolderIn(path: string, subvolume: string): boolean {
  return subvolume === '/' || path === subvolume || path.startsWith(`${subvolume}/`);
}

/** Without the leading slash, as NixOS writes it, but for the top. */
function optionFor(path: string, id: string | undefined): PlannedOption | null {
  const name = path === '/' ? path : path.replace(/^\/+/, '');
  const because = path === '/' ? 'the top of the file system' : 'the subvolume that is mounted';
  // What mount(8) and the kernel would read as an end or a quote cannot be said by name.
  const isSayable = !hidden.test(name) && !/[,"\\\uFFFD]|^\s|\s$/.test(name);
  if (isSayable) return { value: `${named}${name}`, because, isDecisive: true };
  if (id === undefined) return null;
  return { value: id, because: `${because}; its name is none for an option`, isDecisive: true };
}
