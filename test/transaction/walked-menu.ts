import type { SimulatedState } from '../../src/transaction/simulate.ts';

/** What boots, or why nothing does. */
export type Verdict = { entry: string } | { broken: string };

/** An entry of ours that boots nothing, or not what it did: by its key in the state. */
export interface BrokenEntry {
  key: string;
  reason: string;
}

/** The menu of one loader, as a walk judges it. */
export interface WalkedMenu {
  name: string;
  /** Menus of one disk stand in for each other. */
  disk: string;
  /** What boots when nobody picks an entry. */
  verdict: (state: SimulatedState) => Verdict;
  /** The entry that shall boot, whether it does or not. */
  chosen: (state: SimulatedState) => string | undefined;
  broken: (state: SimulatedState) => BrokenEntry[];
}
