import type { Content, FileDigest } from '../transaction/step.ts';
import type { EntryKey } from './menu.ts';

/** A file that a menu needs on the boot partition. */
export type WantedFile = FileDigest & { path: string; content: Content } & (
    | { kind: 'blob'; sources: readonly string[] }
    | { kind: 'entry'; key: EntryKey; uses: readonly string[] }
  );

/** What a loader makes of a menu: all that differs between loaders is behind this. */
export interface WantedFiles {
  files: readonly WantedFile[];
  /** The file whose one sector says which entry is the default. */
  defaultSector: { path: string; text: string };
}
