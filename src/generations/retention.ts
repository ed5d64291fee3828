import type { Generation, Profile } from './generation.ts';

/** Why a generation stays or goes. */
export type Verdict =
  | { keep: true; reason: 'newest' | 'young' | 'protected' | 'unreadable' }
  | { keep: false; reason: 'not wanted' };

/** Which generations of a profile are not wanted any more: those that no rule keeps. */
export interface Retention {
  /** So many of the newest stay. */
  keep: number;
  /** Those that are not older than that stay; undefined where age does not matter. */
  olderThanSeconds: number | undefined;
  /** Now, since the epoch. */
  nowSeconds: number;
}

/**
 * Judges each generation of a profile: the newest stay, the young ones, and those that are in use.
 * A generation that cannot be read stays too, and counts for nothing: what is wrong with it may
 * be mended, and only a person can say that it is not wanted. Pure.
 */
export function judge(
  profile: Profile,
  { keep, olderThanSeconds, nowSeconds }: Retention,
  isProtected: (generation: Generation) => boolean,
): Map<Generation, Verdict> {
  const verdicts = new Map<Generation, Verdict>();
  let kept = 0;
  for (const generation of profile.generations.toReversed()) {
    const ageSeconds = nowSeconds - generation.madeAtSeconds;
    if ('finding' in generation.system) {
      verdicts.set(generation, { keep: true, reason: 'unreadable' });
    } else if (kept < keep) {
      kept += 1;
      verdicts.set(generation, { keep: true, reason: 'newest' });
    } else if (olderThanSeconds !== undefined && ageSeconds <= olderThanSeconds) {
      verdicts.set(generation, { keep: true, reason: 'young' });
    } else if (isProtected(generation)) {
      verdicts.set(generation, { keep: true, reason: 'protected' });
    } else {
      verdicts.set(generation, { keep: false, reason: 'not wanted' });
    }
  }
  return verdicts;
}
