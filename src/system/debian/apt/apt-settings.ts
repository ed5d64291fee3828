import type { Root } from '../../../host/root.ts';

/** Where apt gets packages from, and where it keeps what it got. */
export interface AptSettings {
  /** The root whose caches are used. Mirrors, keys and proxies are always those of the machine that
   * genctl runs on. */
  root: Root;
  suite: string;
  /** Debian's word, `amd64`. */
  architecture: string;
  /** A file of sources that is used in place of the machine's own; a logical path. */
  sourcesFile: string | undefined;
  /** Told of work that takes a while, one short line each. */
  onProgress: (line: string) => void;
}
