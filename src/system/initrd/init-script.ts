import source from '../../../templates/initrd/init.sh.eta';
import previousEntry from '../../../templates/previous-entry.sh.eta';
import { shellWord, template } from '../../template.ts';
import { type MountCall, mountCall } from './mount-call.ts';
import type { NeededMount } from './needed-mounts.ts';
import type { ModulePlan } from './plan-modules.ts';

interface InitData {
  loaded: readonly string[];
  mounts: readonly MountCall[];
  previousEntry: string;
}

const render = template<InitData>(source, shellWord);

/**
 * The `init` of genctl's own initrd, a script for busybox: process 1 until the system's stage 2.
 * Nothing in it is of one generation. Pure.
 *
 * @throws GenctlError UNSAFE_TEXT
 */
export function renderInitrdInit(
  { loaded }: Pick<ModulePlan, 'loaded'>,
  mounts: readonly NeededMount[],
): string {
  return render({ loaded, mounts: mounts.map(mountCall), previousEntry });
}
