import { GenctlError } from '../errors.ts';
import { type Generation, nameOf, type Profile } from './generation.ts';
import { type Use, type UsesOf, useReasons, type Verdict } from './retention.ts';
import { sayReason } from './say-reason.ts';

/** What ends a use, as something to do. */
const endings: Readonly<Record<Use, string>> = {
  current: 'switch to another generation',
  booted: 'reboot into another generation',
  active: 'switch to another generation',
  default: 'let the menu boot another generation',
  'last-good': 'let another generation boot and prove good',
  pinned: 'unpin it',
};

/**
 * The verdicts where a person names the generations of a profile that shall go: those go, also
 * where they cannot be read, and the others stay. Pure.
 *
 * @throws GenctlError GENERATION_UNKNOWN, GENERATION_IN_USE
 */
export function judgeNamed(
  profile: Profile,
  numbers: ReadonlySet<number>,
  usesOf: UsesOf,
): Map<Generation, Verdict> {
  assertThere(profile, numbers);
  const named = profile.generations.filter(({ number }) => numbers.has(number));
  assertNotInUse(named, usesOf);
  return new Map(
    profile.generations.map(generation => [
      generation,
      numbers.has(generation.number)
        ? { keep: false, reasons: [{ rule: 'named' }] }
        : { keep: true, reasons: [...useReasons(generation, usesOf), { rule: 'not-named' }] },
    ]),
  );
}

function assertThere({ name, generations }: Profile, numbers: ReadonlySet<number>): void {
  const there = new Set(generations.map(({ number }) => number));
  const lost = [...numbers].find(number => !there.has(number));
  if (lost === undefined) return;
  throw new GenctlError(
    'GENERATION_UNKNOWN',
    `there is no ${nameOf({ profile: name, number: lost })}`,
    { hint: 'See `genctl list`.' },
  );
}

function assertNotInUse(named: readonly Generation[], usesOf: UsesOf): void {
  const inUse = named
    .map(generation => ({ generation, reasons: useReasons(generation, usesOf) }))
    .filter(({ reasons }) => reasons.length > 0);
  if (inUse.length === 0) return;
  const told = inUse.map(
    ({ generation, reasons }) =>
      `${nameOf(generation)} cannot go: ${reasons.map(sayReason).join(' and ')}`,
  );
  const rules = inUse.flatMap(({ reasons }) => reasons.map(({ rule }) => endings[rule]));
  throw new GenctlError('GENERATION_IN_USE', told.join('; '), {
    hint: `First ${[...new Set(rules)].join(', ')}.`,
  });
}
