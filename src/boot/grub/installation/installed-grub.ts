import type { Folder } from '../../../host/folder.ts';
import type { InstalledGrub } from '../../ledger.ts';
import { openBelow } from '../../read-boot-partition.ts';
import { grubPlatforms } from './grub-platform.ts';
import { packageVersion } from './read-packages.ts';

/**
 * How far an installation of GRUB has come: `whole`, begun and not ended, or not there. One that was
 * whole before boots until the next one is.
 */
export type Progress = 'whole' | 'unfinished' | 'missing';

/** How far the last installation has come, by what is recorded of it. Pure. */
export function progressOf(recorded: InstalledGrub | undefined): Progress {
  const { state, trees = [] } = recorded ?? {};
  if (trees.length === 0) return 'missing';
  return state === undefined || trees.length > 1 ? 'unfinished' : 'whole';
}

/**
 * The version of the GRUB that boots, by the modules that its core image loads.
 *
 * @param boot the top of the boot partition
 * @returns undefined where none is whole, or it does not say
 */
export function readInstalledVersion(
  boot: Folder,
  recorded: InstalledGrub | undefined,
): string | undefined {
  // What boots is recorded before what was only begun.
  const [tree] = recorded?.state === undefined ? [] : recorded.trees;
  if (tree === undefined) return undefined;
  for (const platform of grubPlatforms) {
    using folder = openBelow(boot, `${tree}/grub/${platform}`);
    const version = packageVersion(folder?.readTextIfThere('modinfo.sh') ?? '');
    if (version !== undefined) return version;
  }
  return undefined;
}
