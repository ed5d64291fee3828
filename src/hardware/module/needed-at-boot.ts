import type { BlockDevice } from '../facts/facts.ts';
import { planFileSystems } from './file-systems.ts';
import type { Machine } from './machine.ts';
import { mountsNeededFirst } from './mounted-first.ts';
import { isNetworkType } from './network-storage.ts';
import type { PlannedMount } from './planned-mount.ts';
import { planSwaps } from './swap.ts';

/** What of a module a machine waits for at boot. */
export interface NeededAtBoot {
  /** Mount points: systemd stops in its emergency mode without any of them. */
  readonly places: ReadonlySet<string>;
  /** Those of them that are mounted in the initrd. */
  readonly inInitrd: ReadonlySet<string>;
  /** Block devices right below swaps: each is waited for, by systemd's default for 90 seconds. */
  readonly swaps: ReadonlySet<BlockDevice>;
}

/** Options by which a mount may fail, or comes later (systemd.mount(5)). */
const notAwaited: ReadonlySet<string> = new Set([
  '_netdev',
  'noauto',
  'nofail',
  'x-systemd.automount',
]);

/**
 * What has to be there at boot, by what is planned for the module; how devices are named changes
 * nothing. Pure.
 */
export function neededAtBoot(machine: Machine, root: string): NeededAtBoot {
  const choices = { deviceBy: 'uuid', withFileSystems: true, root } as const;
  const { mounts, disks } = planFileSystems(machine, choices);
  const first = mountsNeededFirst(mounts);
  const awaited = mounts.filter(mount => first.has(mount) || isAwaited(mount));
  const { swaps } = planSwaps(machine, choices, disks);
  return {
    places: new Set(awaited.map(({ seen }) => seen.place)),
    inInitrd: new Set([...first.keys()].map(({ seen }) => seen.place)),
    swaps: new Set(swaps.flatMap(({ holders }) => holders)),
  };
}

/** A mount over the network that fails stops nothing (systemd.special(7), remote-fs.target). */
function isAwaited({ fsType, options }: PlannedMount): boolean {
  return !isNetworkType(fsType) && !options.some(({ value }) => notAwaited.has(value));
}
