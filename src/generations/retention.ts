import type { Generation, Profile } from './generation.ts';

/** Why a generation stays or goes. */
export type Verdict =
  | { keep: true; reason: 'newest' | 'protected' | 'unreadable' }
  | { keep: false; reason: 'beyond the newest' };

/**
 * Judges each generation of a profile: the newest `keep` stay, and those that are in use.
 * A generation that cannot be read stays too, and counts for nothing: what is wrong with it may
 * be mended, and only a person can say that it is not wanted. Pure.
 */
export function judge(
  profile: Profile,
  keep: number,
  isProtected: (generation: Generation) => boolean,
): Map<Generation, Verdict> {
  const verdicts = new Map<Generation, Verdict>();
  let kept = 0;
  for (const generation of profile.generations.toReversed()) {
    if ('finding' in generation.system) {
      verdicts.set(generation, { keep: true, reason: 'unreadable' });
    } else if (kept < keep) {
      kept += 1;
      verdicts.set(generation, { keep: true, reason: 'newest' });
    } else if (isProtected(generation)) {
      verdicts.set(generation, { keep: true, reason: 'protected' });
    } else {
      verdicts.set(generation, { keep: false, reason: 'beyond the newest' });
    }
  }
  return verdicts;
}
