import type { Content, FileDigest } from '../transaction/step.ts';
import type { LoaderPlace } from './boot-target.ts';
import type { EntryKey } from './menu.ts';

/** A file that a menu needs on the boot partition. */
export type WantedFile = FileDigest & { path: string; content: Content } & (
    | { kind: 'blob'; sources: readonly string[] }
    | { kind: 'entry'; key: EntryKey; uses: readonly string[] }
    /** Which entries there are, in which order, for a loader that does not look for itself. */
    | { kind: 'menu'; uses: readonly string[] }
  );

/** The file whose one sector says which entry is the default, and what it shall say. */
export interface DefaultSector {
  path: string;
  /** 512 bytes. */
  text: string;
}

/** What a loader makes of a menu: all that differs between loaders is behind this. */
export interface WantedFiles {
  files: readonly WantedFile[];
  defaultSector: DefaultSector;
}

/** What one loader of a target needs. */
export interface PlacedFiles {
  place: LoaderPlace;
  wanted: WantedFiles;
}
