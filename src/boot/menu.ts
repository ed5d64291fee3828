import type { FileDigest } from '../transaction/step.ts';

/** Which system an entry boots. */
export interface EntryKey {
  profile: string;
  number: number;
  /** Absent for the generation itself. */
  specialisation?: string;
}

/** A file that the boot loader reads before there is any other file system. */
export interface Blob {
  role: 'linux' | 'initrd' | 'devicetree';
  /** Where it comes from, a logical path below the store. */
  source: string;
  /** Undefined where the loader reads it from the store. */
  digest: FileDigest | undefined;
}

/** One line of a boot menu and what it boots, in the words of no particular loader. */
export interface MenuEntry {
  key: EntryKey;
  title: string;
  /** Entries are grouped by this, ascending, and within a group newest first. */
  sortKey: string;
  /** Orders the entries of a group, descending, by the rules of UAPI.10. */
  version: string;
  machineId?: string;
  linux: Blob;
  initrds: readonly Blob[];
  devicetree?: Blob;
  /** The kernel's command line, word by word. */
  options: readonly string[];
}

export interface MenuSettings {
  /** Seconds, or a word that the loader knows. */
  timeout: number | 'menu-force' | 'menu-hidden' | undefined;
  /** Whether the kernel's command line may be edited in the menu. */
  editor: boolean;
  consoleMode: string | undefined;
}

/**
 * An entry of the menu; or, by the loader's own name for it, one that stands beside the menu and
 * stays as it is: another system's, or that of a generation which cannot be read any more.
 */
export type MenuDefault = EntryKey | { standing: string };

/** A whole menu: what a loader turns into files. */
export interface Menu {
  /** In the order in which the loader will show them. */
  entries: readonly MenuEntry[];
  /** What boots when nobody picks an entry; undefined in an empty menu. */
  default: MenuDefault | undefined;
  settings: MenuSettings;
}

export function sameKey(left: EntryKey | undefined, right: EntryKey | undefined): boolean {
  return (
    left?.profile === right?.profile &&
    left?.number === right?.number &&
    left?.specialisation === right?.specialisation
  );
}
