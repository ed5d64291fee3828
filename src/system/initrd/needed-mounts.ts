import { isWithin, mountedFirst } from '../../hardware/module/places.ts';
import { byBytes } from '../../host/folder.ts';
import type { Configuration } from '../declaration/declaration.ts';

/** A file system that an initrd mounts below the root. */
export interface NeededMount {
  /** Where, as the system will see it. */
  readonly place: string;
  /** As it is declared: `UUID=…`, a device, or for a bind mount a path of the system's. */
  readonly device: string;
  /** Undefined where the kernel is to find out. */
  readonly fsType: string | undefined;
  /** What the kernel takes, of mount(8)'s options. */
  readonly options: readonly string[];
  /** Whether another folder of the system is shown there. */
  readonly isBind: boolean;
  /** Whether the machine boots without it too. */
  readonly mayFail: boolean;
}

/** Options that are meant for mount(8), fstab's readers and systemd, and that no kernel knows. */
const notTheKernels =
  /^(auto|noauto|user|nouser|users|group|owner|defaults|nofail|_netdev|bind|rbind|(x-|X-|comment=|helper=|uhelper=).*)$/;

/**
 * What has to be mounted beside the root before a system starts: what stage 2 and systemd need at
 * once, what is declared `neededForBoot`, and all that these lie in or are shown from; outer ones
 * first. Pure.
 */
export function neededMounts({ fileSystems }: Pick<Configuration, 'fileSystems'>): NeededMount[] {
  const declared = Object.entries(fileSystems).filter(([place]) => place !== '/');
  const needed = new Set(
    declared.filter(
      ([place, { neededForBoot, options }]) =>
        neededForBoot === true || (mountedFirst.has(place) && !options.includes('noauto')),
    ),
  );
  // What is added while the set is walked is walked too.
  for (const [place, { device, options }] of needed) {
    const above = [place, ...(isBindMount(options) && device !== undefined ? [device] : [])];
    for (const other of declared) {
      if (above.some(path => isWithin(path, other[0]))) needed.add(other);
    }
  }
  const mounts = [...needed].flatMap(([place, { device, fsType, options }]): NeededMount[] => {
    if (device === undefined) return [];
    const isBind = isBindMount(options);
    const kind = fsType === 'auto' || fsType === 'none' || isBind ? undefined : fsType;
    const taken = options.filter(option => !notTheKernels.test(option));
    const mayFail = options.includes('nofail');
    return [{ place, device, fsType: kind, options: taken, isBind, mayFail }];
  });
  return inOrder(mounts);
}

/** Each after what it lies in, and after what it is shown from. */
function inOrder(mounts: readonly NeededMount[]): NeededMount[] {
  const ordered: NeededMount[] = [];
  const begun = new Set<NeededMount>();
  const put = (mount: NeededMount): void => {
    if (begun.has(mount)) return;
    begun.add(mount);
    for (const other of mounts) {
      const isBelow = isWithin(mount.place, other.place);
      if (isBelow || (mount.isBind && isWithin(mount.device, other.place))) put(other);
    }
    ordered.push(mount);
  };
  for (const mount of mounts.toSorted((left, right) => byBytes(left.place, right.place))) {
    put(mount);
  }
  return ordered;
}

function isBindMount(options: readonly string[]): boolean {
  return options.includes('bind') || options.includes('rbind');
}
