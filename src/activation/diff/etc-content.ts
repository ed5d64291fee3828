import type { FileStat } from '../../host/folder.ts';

/** What would be at a path of /etc. */
export type EtcItem = EtcFileItem | { kind: 'link'; target: string };

export interface EtcFileItem {
  kind: 'file';
  /** Where its content is, a logical path. */
  source: string;
  /** Of its source. */
  stat: FileStat;
  /** Undefined where it is a link into the store, which everybody may read and nobody write. */
  ownership: Ownership | undefined;
}

export interface Ownership {
  mode: number;
  /** User and group, by number or by name: `0:0`. */
  owner: string;
}

/** What the /etc of a system holds, by path below it. */
export type EtcContent = ReadonlyMap<string, EtcItem>;
