import type { BlockDevice } from '../facts/facts.ts';
import type { Omission } from './hardware-module.ts';
import type { PlacedMount } from './place-mounts.ts';

/** A mount in the words of NixOS's `fileSystems`. */
export interface PlannedMount {
  readonly seen: PlacedMount;
  readonly device: string;
  readonly fsType: string;
  readonly options: readonly PlannedOption[];
  /** What the device is, one clause each. */
  readonly because: readonly string[];
  /** Paths that have to be there before it: the folder of a bind mount, the layers of an overlay. */
  readonly needs: readonly string[];
  /** The block devices right below it. */
  readonly holders: readonly BlockDevice[];
}

export interface PlannedOption {
  readonly value: string;
  readonly because: string;
  /** Whether without it something else would be mounted, or nothing. */
  readonly isDecisive: boolean;
}

/** A mount that is to be in the module, or why not; and what else is to be said of it. */
export interface MountPlan {
  readonly mount: PlannedMount | undefined;
  readonly omissions: readonly Omission[];
}
