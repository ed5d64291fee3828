import type { Generation, Profile } from './generation.ts';
import { type PeriodRule, periodOf, periodRules } from './period.ts';
import { type Made, whenMade } from './when-made.ts';

/** Which generations of a profile stay: those that at least one of these rules keeps. */
export interface RetentionPolicy {
  /** So many of the newest. */
  keep: number;
  /** Those that are not older than that; undefined where age does not matter. */
  olderThanSeconds: number | undefined;
  /** The last one of each of so many of the latest days that have a generation. */
  daily: number;
  weekly: number;
  monthly: number;
}

/** Why a generation is in use whatever the policy says; the order is that of the reasons. */
const uses = ['current', 'booted', 'active', 'default', 'last-good', 'pinned'] as const;
export type Use = (typeof uses)[number];

/** Why a generation stays. */
export type KeepReason =
  | { rule: Use }
  /** Number `rank` of the `of` newest, counted from 1. */
  | { rule: 'newest'; rank: number; of: number }
  | { rule: 'young'; ageSeconds: number; limitSeconds: number }
  /** The last one of that period: `2026-11-22`, `2026-W47`, `2026-11`. */
  | { rule: PeriodRule; period: string }
  /** The date of its link cannot be believed, and with the true one a rule may keep it. */
  | { rule: 'undated'; madeAtSeconds: number }
  | { rule: 'unreadable' }
  /** Others were asked to go, by their numbers. */
  | { rule: 'not-named' };

/** Why a generation goes. */
export type GoReason =
  /** No rule of the policy keeps it. */
  { rule: 'policy'; policy: RetentionPolicy } | { rule: 'named' };

export type Verdict =
  | { keep: true; reasons: readonly KeepReason[] }
  | { keep: false; reasons: readonly GoReason[] };

export type UsesOf = (generation: Generation) => readonly Use[];

/**
 * Judges each generation of a profile, with all reasons. What is in use stays. A generation that
 * cannot be read stays too, and counts for nothing: what is wrong with it may be mended, and only
 * a person can say that it is not wanted.
 *
 * A clock that was wrong lets nothing go that would stay if it had been right: a generation whose
 * date cannot be believed takes no other's place in a day, week or month, and stays as long as a
 * rule might keep it for any date that it can have. A date that is wrong and possible all the
 * same is not recognised, nor a present clock that is ahead; `keep` asks for no date. Pure.
 */
export function judge(
  profile: Profile,
  policy: RetentionPolicy,
  nowSeconds: number,
  usesOf: UsesOf,
): Map<Generation, Verdict> {
  const readable = profile.generations.filter(({ system }) => 'bootspec' in system);
  const made = whenMade(readable, nowSeconds);
  const ranks = new Map(readable.toReversed().map((generation, index) => [generation, index + 1]));
  const periods = periodRules.map(rule => keptPeriods(rule, policy[rule], made));

  const ofPolicy = (generation: Generation): KeepReason[] => {
    const rank = ranks.get(generation);
    const date = made.get(generation);
    if (rank === undefined || date === undefined) return [{ rule: 'unreadable' }];
    const newest: KeepReason[] =
      rank <= policy.keep ? [{ rule: 'newest', rank, of: policy.keep }] : [];
    const dated = [
      ...youngReasons(policy, nowSeconds - date.seconds),
      ...periods.flatMap(kept => periodReasons(kept, generation, date)),
    ];
    if (date.isCertain || dated.length === 0) return [...newest, ...dated];
    return [...newest, { rule: 'undated', madeAtSeconds: generation.madeAtSeconds }];
  };
  return new Map(
    profile.generations.map(generation => {
      const reasons = [...useReasons(generation, usesOf), ...ofPolicy(generation)];
      return [
        generation,
        reasons.length > 0
          ? { keep: true, reasons }
          : { keep: false, reasons: [{ rule: 'policy', policy }] },
      ];
    }),
  );
}

/** The periods of which a rule keeps the last generation. */
interface KeptPeriods {
  rule: PeriodRule;
  /** Undefined where no date can be believed: then any period might be kept. */
  oldest: string | undefined;
  lasts: ReadonlyMap<Generation, string>;
}

/** @param made newest first, as `whenMade` gives it */
function keptPeriods(
  rule: PeriodRule,
  most: number,
  made: ReadonlyMap<Generation, Made>,
): KeptPeriods | undefined {
  if (most === 0) return undefined;
  const lasts = new Map<Generation, string>();
  let oldest: string | undefined;
  for (const [generation, { seconds, isCertain }] of made) {
    if (lasts.size === most) break;
    const period = periodOf(rule, seconds);
    if (!isCertain || period === oldest) continue;
    lasts.set(generation, period);
    oldest = period;
  }
  return { rule, oldest, lasts };
}

function periodReasons(
  kept: KeptPeriods | undefined,
  generation: Generation,
  { seconds, isCertain }: Made,
): KeepReason[] {
  if (kept === undefined) return [];
  const { rule, oldest, lasts } = kept;
  const period = isCertain ? lasts.get(generation) : periodOf(rule, seconds);
  if (period === undefined) return [];
  return isCertain || oldest === undefined || period >= oldest ? [{ rule, period }] : [];
}

function youngReasons({ olderThanSeconds }: RetentionPolicy, ageSeconds: number): KeepReason[] {
  if (olderThanSeconds === undefined || ageSeconds > olderThanSeconds) return [];
  return [{ rule: 'young', ageSeconds, limitSeconds: olderThanSeconds }];
}

/** What is in use stays whatever else is said, each reason once and always in the same order. */
export function useReasons(generation: Generation, usesOf: UsesOf): { rule: Use }[] {
  const found = usesOf(generation);
  return uses.filter(use => found.includes(use)).map(rule => ({ rule }));
}
