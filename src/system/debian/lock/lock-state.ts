import type { Lock } from './lock.ts';

/** What a lock has to be for. */
export interface Wish {
  /** Names of packages, in any order. */
  wanted: readonly string[];
  suite: string;
  /** Debian's word, `amd64`. */
  architecture: string;
}

/** Whether a lock is for what is wanted, or in what it differs. */
export type LockState =
  | { kind: 'current' }
  | { kind: 'other-suite'; locked: string }
  | { kind: 'other-architecture'; locked: string }
  /** Names that are wanted and were not, and the other way round; sorted. */
  | { kind: 'other-packages'; added: readonly string[]; dropped: readonly string[] };

/** Compares a lock with what is wanted. Pure. */
export function lockState(lock: Lock, { wanted, suite, architecture }: Wish): LockState {
  if (lock.architecture !== architecture) {
    return { kind: 'other-architecture', locked: lock.architecture };
  }
  if (lock.suite !== suite) return { kind: 'other-suite', locked: lock.suite };
  const [now, before] = [new Set(wanted), new Set(lock.wanted)];
  const added = [...now].filter(name => !before.has(name)).toSorted();
  const dropped = [...before].filter(name => !now.has(name)).toSorted();
  if (added.length + dropped.length === 0) return { kind: 'current' };
  return { kind: 'other-packages', added, dropped };
}
