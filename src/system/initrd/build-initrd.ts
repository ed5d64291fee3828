import type { Root } from '../../host/root.ts';
import type { Store } from '../../store/store.ts';
import type { StorePath } from '../../store/store-path.ts';
import type { Configuration } from '../declaration/declaration.ts';

export interface InitrdInput {
  root: Root;
  store: Store;
  configuration: Configuration;
  /** The operating-system tree whose programs go in: busybox, and for some disks initramfs-tools. */
  tree: StorePath;
  /** As `BuiltTree.modules`. */
  modules: StorePath;
  kernelRelease: string;
}

/**
 * Makes the initrd of a system and adds it to the store. Same inputs, same bytes: generations with
 * one kernel and the same disks share it.
 *
 * @throws GenctlError INITRD_MODULE_MISSING, INITRD_FAILED
 */
export async function buildInitrd(_input: InitrdInput): Promise<StorePath> {
  throw new Error('placeholder');
}

/**
 * Packages that an initrd for these disks needs in the tree; busybox-static where it is ours.
 * Pure.
 */
export function initrdPackages(_configuration: Configuration): readonly string[] {
  throw new Error('placeholder');
}
