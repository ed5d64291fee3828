import type { Generation, Profile } from './generation.ts';
import { judge, type RetentionPolicy, type UsesOf } from './retention.ts';
import { whenMade } from './when-made.ts';

/**
 * The generations that a boot menu may lose, in the order in which it loses them: those that the
 * policy would let go, the oldest first; then the others that are not in use, the oldest first.
 * Without those that cannot be read, which no menu shows. Pure.
 *
 * @param policy undefined where there is none
 */
export function evictionOrder(
  profiles: readonly Profile[],
  policy: RetentionPolicy | undefined,
  nowSeconds: number,
  usesOf: UsesOf,
): Generation[] {
  const candidates = profiles.flatMap(profile => {
    const readable = profile.generations.filter(({ system }) => 'bootspec' in system);
    const verdicts = policy === undefined ? undefined : judge(profile, policy, nowSeconds, usesOf);
    return [...whenMade(readable, nowSeconds)]
      .filter(([generation]) => usesOf(generation).length === 0)
      .map(([generation, { seconds }]) => ({
        generation,
        stays: verdicts?.get(generation)?.keep ?? true,
        seconds,
      }));
  });
  return candidates
    .toSorted(
      (left, right) =>
        Number(left.stays) - Number(right.stays) ||
        left.seconds - right.seconds ||
        left.generation.number - right.generation.number,
    )
    .map(({ generation }) => generation);
}
