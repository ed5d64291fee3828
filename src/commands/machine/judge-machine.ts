import type { Generation, Profile } from '../../generations/generation.ts';
import { judgeNamed } from '../../generations/judge-named.ts';
import {
  judge,
  type RetentionPolicy,
  type UsesOf,
  type Verdict,
} from '../../generations/retention.ts';
import type { Systems } from './read-machine.ts';
import { profileNamed } from './read-machine.ts';

/** What decides about generations: rules, or a person who names those that go. */
export type Judge =
  /** Rules, for all profiles, or for one only. */
  | { policy: RetentionPolicy; profile: string | undefined }
  /** These numbers of a profile. */
  | { named: ReadonlySet<number>; profile: string };

export type Verdicts = ReadonlyMap<Generation, Verdict>;

/**
 * Judges all generations of all profiles.
 *
 * @throws GenctlError PROFILE_UNKNOWN, GENERATION_UNKNOWN, GENERATION_IN_USE
 */
export function judgeAll(systems: Systems, by: Judge, usesOf: UsesOf): Verdicts {
  if (by.profile !== undefined) profileNamed(systems, by.profile);
  const nowSeconds = Math.floor(Date.now() / 1000);
  const judgeOne = (profile: Profile): Verdicts => {
    const isMeant = by.profile === undefined || by.profile === profile.name;
    if (!isMeant) return judgeNamed(profile, new Set(), usesOf);
    return 'policy' in by
      ? judge(profile, by.policy, nowSeconds, usesOf)
      : judgeNamed(profile, by.named, usesOf);
  };
  return new Map(systems.profiles.flatMap(profile => [...judgeOne(profile)]));
}

/** Those that go. */
export function leavingOf(verdicts: Verdicts): Generation[] {
  return [...verdicts].flatMap(([generation, { keep }]) => (keep ? [] : [generation]));
}
