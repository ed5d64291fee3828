import { plainText } from './describe-block.ts';
import type { Omission } from './hardware-module.ts';
import { chooseOptions } from './mount-options.ts';
import type { PlacedMount } from './place-mounts.ts';
import type { MountPlan, PlannedMount, PlannedOption } from './planned-mount.ts';
import { subvolumeOf } from './subvolume.ts';

/** Says why there is no definition for a mount. */
export function leftOut({ place }: PlacedMount, reason: string): MountPlan {
  return { mount: undefined, omissions: [{ subject: plainText(place), reason }] };
}

interface Source {
  readonly device: string;
  readonly because: readonly string[];
  readonly needs?: readonly string[];
  /** In front of the options that were seen. */
  readonly options?: readonly PlannedOption[];
}

/** Adds the options that were seen to what is known of a mount's source. */
export function withOptions(seen: PlacedMount, source: Source): MountPlan {
  const subvolume = subvolumeOf(seen.mount);
  if (subvolume?.option === null)
    return leftOut(seen, 'the name of its subvolume is none for an option');
  const { kept, leftOut: others } = chooseOptions(subvolume?.rest ?? seen.mount);
  const isRoot = seen.place === '/';
  const options: PlannedOption[] = [
    ...(source.options ?? []),
    ...(subvolume === undefined ? [] : [subvolume.option]),
    ...kept
      .filter(option => !(isRoot && option === 'ro'))
      .map(value => ({ value, because: 'as mounted', isDecisive: false })),
  ];
  const mount: PlannedMount = {
    seen,
    device: source.device,
    fsType: seen.mount.type,
    options,
    because: source.because,
    needs: source.needs ?? [],
    holders: seen.holders,
  };
  return { mount, omissions: optionOmissions(seen, others) };
}

function optionOmissions({ place, mount }: PlacedMount, others: readonly string[]): Omission[] {
  const subject = plainText(place);
  const found: Omission[] = [];
  if (others.length > 0) {
    const list = others.map(plainText).join(', ');
    found.push({ subject, reason: `mounted with ${list}, which is left out` });
  }
  const isReadOnly = mount.options.includes('ro');
  if (place === '/' && isReadOnly)
    found.push({ subject, reason: 'mounted with ro, which is left out: NixOS writes to it' });
  if (mount.superOptions.includes('ro') && !isReadOnly)
    found.push({ subject, reason: 'the kernel does not write to it, maybe after an error' });
  return found;
}
