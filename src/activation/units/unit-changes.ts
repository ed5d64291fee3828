import type { Provision } from '../../transaction/step.ts';

/** What becomes of units when one `/etc` takes the place of another. Names of units throughout. */
export interface UnitChanges {
  /** Stopped before `/etc` changes. */
  stop: readonly string[];
  reload: readonly string[];
  restart: readonly string[];
  start: readonly string[];
  /** Accounts and files that are made before units start. */
  provide: readonly Provision[];
  /** Enabled or disabled by rules of presets that have changed. */
  preset: readonly string[];
  /** Left running: by their old definition, or though they are disabled now. */
  left: readonly LeftUnit[];
  /** Whether systemd itself has to be executed anew: its own configuration has changed. */
  reexecute: boolean;
}

export interface LeftUnit {
  unit: string;
  /** Why, one clause without a full stop. */
  reason: string;
}

export const noUnitChanges: UnitChanges = {
  stop: [],
  reload: [],
  restart: [],
  start: [],
  provide: [],
  preset: [],
  left: [],
  reexecute: false,
};
