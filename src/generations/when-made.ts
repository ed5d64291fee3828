import type { Generation } from './generation.ts';

/** When a generation was made. */
export interface Made {
  /** Since the epoch: the date of its link, or else the latest moment at which it can have been. */
  seconds: number;
  /** Whether the date of its link can be believed. */
  isCertain: boolean;
}

/**
 * Clocks that have lost the time start at 1970, 1980 or 2000, and no link of Nix's kind is as old
 * as that.
 */
const firstPossibleSeconds = Date.parse('2004-01-01T00:00:00Z') / 1000;

/**
 * When generations were made, where a clock may have been wrong. Numbers rise with time, so a date
 * is not believed that lies before 2004, after now, or before a believed one of a lower number.
 * What has such a date may be as young as the next generation with a date that is believed, or
 * as now. Pure.
 *
 * @param generations of one profile, by number, ascending
 * @returns newest first; what is older by its number is never younger by its date
 */
export function whenMade(
  generations: readonly Generation[],
  nowSeconds: number,
): Map<Generation, Made> {
  const certain = new Set<Generation>();
  let last = firstPossibleSeconds;
  for (const generation of generations) {
    const { madeAtSeconds } = generation;
    if (madeAtSeconds < last || madeAtSeconds > nowSeconds) continue;
    certain.add(generation);
    last = madeAtSeconds;
  }
  const made = new Map<Generation, Made>();
  let next = nowSeconds;
  for (const generation of generations.toReversed()) {
    const isCertain = certain.has(generation);
    if (isCertain) next = generation.madeAtSeconds;
    made.set(generation, { seconds: next, isCertain });
  }
  return made;
}
