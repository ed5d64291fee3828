import type { Root } from '../host/root.ts';

/** What a system that brings its own `/usr` shows of the store. */
export interface OwnUsr {
  /** The operating-system tree, a store path: its `usr/` is mounted at /usr. */
  tree: string;
  /** The folder with the modules of its kernel, a store path: it is mounted at /usr/lib/modules. */
  modules: string;
}

/** The system that runs since boot. */
export const bootedSystem = '/run/booted-system';

/**
 * The operating-system tree that a system brings, a store path; undefined where it leaves `/usr` to
 * the machine.
 */
export function treeOf(root: Root, system: string): string | undefined {
  const tree = `${system}/os`;
  return root.stat(tree) === undefined ? undefined : root.realPath(tree);
}
