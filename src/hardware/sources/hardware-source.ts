import type { FileTree } from './file-tree.ts';

/** Where facts come from. */
export type SourceKind = 'live' | 'capture' | 'udev-export' | 'facter';

/**
 * A machine, as far as a source shows it. Each kind of source is made into a tree of the files
 * that a live machine has, so that one set of probes reads them all.
 */
export interface HardwareSource {
  readonly kind: SourceKind;
  /** `this machine`, or the path of the file. */
  readonly name: string;
  readonly tree: FileTree;
  /** What this source cannot tell, whatever the machine: `which file systems are mounted`. */
  readonly silentOn: readonly string[];
}
