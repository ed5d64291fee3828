import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../src/errors.ts';
import { evictionOrder } from '../../src/generations/eviction-order.ts';
import type { Generation, Profile } from '../../src/generations/generation.ts';
import { judgeNamed } from '../../src/generations/judge-named.ts';
import { periodOf } from '../../src/generations/period.ts';
import { judge, type RetentionPolicy, type Use } from '../../src/generations/retention.ts';
import { sayReason } from '../../src/generations/say-reason.ts';
import { SeededRandom } from '../boot/seeded-random.ts';
import { at, generation, profile, unreadable } from './made-up.ts';

const keepNone: RetentionPolicy = {
  keep: 0,
  olderThanSeconds: undefined,
  daily: 0,
  weekly: 0,
  monthly: 0,
};
const day = 24 * 3600;
const now = at('2026-11-22');
const unused = (): Use[] => [];

/** What is said of each generation, the newest last. */
function told(
  all: Profile,
  policy: Partial<RetentionPolicy>,
  nowSeconds = now,
  usesOf: (generation: Generation) => readonly Use[] = unused,
): string[] {
  const verdicts = judge(all, { ...keepNone, ...policy }, nowSeconds, usesOf);
  return all.generations.map(each => {
    const verdict = verdicts.get(each);
    const rules = (verdict?.reasons ?? []).map(({ rule }) => rule);
    return `${each.number} ${verdict?.keep === true ? 'stays' : 'goes'}: ${rules.join(' ')}`;
  });
}

/** The numbers that go. */
function gone(...args: Parameters<typeof told>): number[] {
  return told(...args)
    .filter(line => line.includes('goes'))
    .map(line => Number(line.split(' ')[0]));
}

test('what is in use stays, with all reasons, always in one order', () => {
  const all = profile(
    generation(1, at('2026-01-01')),
    unreadable(2, at('2026-01-02')),
    generation(3, at('2026-01-03')),
    unreadable(4, at('2026-11-21')),
    generation(5, at('2026-11-21')),
  );
  const usesOf = ({ number }: Generation): Use[] =>
    number === 1 ? ['pinned', 'booted', 'pinned'] : number > 3 ? ['pinned', 'current'] : [];
  const policy = { keep: 1, olderThanSeconds: 30 * day, daily: 1, weekly: 1, monthly: 1 };
  assert.equal(told(all, policy, now, usesOf), [
    '1 stays: booted pinned',
    '2 stays: unreadable',
    '3 goes: policy',
    '4 stays: current pinned unreadable',
    '5 stays: current pinned newest young daily weekly monthly',
  ]);
});

test('what cannot be read takes no place among the newest or in a period', () => {
  const all = profile(
    generation(1, at('2026-11-19')),
    generation(2, at('2026-11-20')),
    unreadable(3, at('2026-11-21')),
    unreadable(4, at('2026-11-22')),
  );
  assert.equal(gone(all, { keep: 2 }), []);
  assert.equal(gone(all, { keep: 1 }), [1]);
  assert.equal(gone(all, { daily: 2 }), []);
});

test('beyond the newest and older than the age, to the second', () => {
  const all = profile(
    ...[90, 100, 101].map((ago, index) => generation(index + 1, now - 200 + ago)),
  );
  assert.equal(gone(all, { olderThanSeconds: 110 }), []);
  assert.equal(gone(all, { olderThanSeconds: 109 }), [1]);
  assert.equal(gone(all, { olderThanSeconds: 99 }), [1, 2]);
  assert.equal(gone(all, { olderThanSeconds: 98 }), [1, 2, 3]);
  assert.equal(gone(all, { olderThanSeconds: 0, keep: 2 }), [1]);
  assert.equal(gone(all, { olderThanSeconds: 0, keep: 3 }), []);
});

test('days, ISO weeks and months at the edges of years', () => {
  const periods = (date: string): string =>
    ['daily', 'weekly', 'monthly']
      .map(rule => periodOf(rule as Parameters<typeof periodOf>[0], at(date)))
      .join(' ');
  assert.is(periods('2026-12-31'), '2026-12-31 2026-W53 2026-12');
  assert.is(periods('2027-01-01'), '2027-01-01 2026-W53 2027-01');
  assert.is(periods('2027-01-03T23:59:59Z'), '2027-01-03 2026-W53 2027-01');
  assert.is(periods('2027-01-04T00:00:00Z'), '2027-01-04 2027-W01 2027-01');
  assert.is(periods('2024-12-29'), '2024-12-29 2024-W52 2024-12');
  assert.is(periods('2024-12-30'), '2024-12-30 2025-W01 2024-12');
  assert.is(periods('2023-01-01'), '2023-01-01 2022-W52 2023-01');
  assert.is(periods('2024-02-29'), '2024-02-29 2024-W09 2024-02');
  assert.is(periods('2024-03-01T00:00:00Z'), '2024-03-01 2024-W09 2024-03');
  assert.is(periods('2023-02-28T23:59:59Z'), '2023-02-28 2023-W09 2023-02');
});

test('the last one of each of the latest periods that have a generation', () => {
  const all = profile(
    ...[
      '2024-02-28',
      '2024-02-29T08:00:00Z',
      '2024-02-29T23:59:59Z',
      '2024-03-01T00:00:00Z',
      '2026-12-28',
      '2026-12-31',
      '2027-01-01',
      '2027-01-03',
      '2027-01-04',
    ].map((date, index) => generation(index + 1, at(date))),
  );
  const later = at('2030-01-01');
  const kept = (policy: Partial<RetentionPolicy>): number[] => {
    const going = gone(all, policy, later);
    return all.generations.map(({ number }) => number).filter(number => !going.includes(number));
  };
  assert.equal(kept({ daily: 3 }), [7, 8, 9]);
  assert.equal(kept({ daily: 6 }), [4, 5, 6, 7, 8, 9], 'days without a generation do not count');
  assert.equal(kept({ daily: 7 }), [3, 4, 5, 6, 7, 8, 9]);
  assert.equal(kept({ daily: 100 }), [1, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(kept({ weekly: 2 }), [8, 9], 'the week of the turn of the year is one');
  assert.equal(kept({ weekly: 3 }), [4, 8, 9]);
  assert.equal(kept({ monthly: 2 }), [6, 9]);
  assert.equal(kept({ monthly: 4 }), [3, 4, 6, 9]);
  assert.equal(kept({ daily: 1, monthly: 2, keep: 2 }), [6, 8, 9]);
});

test('a date that cannot be right takes no place, and its generation may be of any date', () => {
  const all = profile(
    generation(1, at('2026-11-01')),
    generation(2, at('1970-01-01')),
    generation(3, at('2026-11-03')),
    generation(4, at('2026-11-02')),
    generation(5, at('2026-11-20')),
    generation(6, at('2099-01-01')),
  );
  assert.equal(told(all, { daily: 2 }), [
    '1 goes: policy',
    '2 stays: undated',
    '3 stays: daily',
    '4 stays: undated',
    '5 stays: daily',
    '6 stays: undated',
  ]);
  assert.equal(told(all, { olderThanSeconds: 10 * day }), [
    '1 goes: policy',
    '2 goes: policy',
    '3 goes: policy',
    '4 stays: undated',
    '5 stays: young',
    '6 stays: undated',
  ]);
  assert.equal(gone(all, { keep: 1 }), [1, 2, 3, 4, 5], 'the newest are so by number');
});

test('a clock without a battery, and all are of 1970', () => {
  const all = profile(generation(1, 5), generation(2, 5), generation(3, 7));
  for (const nowSeconds of [6, 10 * day, now]) {
    assert.equal(gone(all, { olderThanSeconds: 3600 }, nowSeconds), []);
    assert.equal(gone(all, { monthly: 1 }, nowSeconds), []);
    assert.equal(gone(all, { keep: 2 }, nowSeconds), [1]);
  }
});

const rounds = Number(process.env['GENCTL_RETENTION_ROUNDS'] ?? 1500);

/** A history as it was, with gaps from seconds to months. */
function history(random: SeededRandom): Generation[] {
  let seconds = at('2025-01-01');
  let number = 0;
  return Array.from({ length: random.below(14) }, () => {
    seconds += random.below(random.pick([60, day, 3 * day, 40 * day]));
    number += 1 + random.below(2);
    return random.below(8) === 0 ? unreadable(number, seconds) : generation(number, seconds);
  });
}

function somePolicy(random: SeededRandom): RetentionPolicy {
  return {
    keep: random.below(4),
    olderThanSeconds: random.below(2) === 0 ? undefined : random.below(100 * day),
    daily: random.below(4),
    weekly: random.below(4),
    monthly: random.below(4),
  };
}

test('more rules, and a clock that is seen to be wrong, let nothing more go', () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = new SeededRandom(seed);
    const generations = history(random);
    const all = profile(...generations);
    const nowSeconds = (generations.at(-1)?.madeAtSeconds ?? now) + random.below(60 * day);
    const policy = somePolicy(random);
    const used = new Set(
      generations.map(({ number }) => number).filter(() => random.below(5) === 0),
    );
    const usesOf = ({ number }: Generation): Use[] => (used.has(number) ? ['pinned'] : []);
    const going = new Set(gone(all, policy, nowSeconds, usesOf));
    const assertNoMore = (less: readonly number[], what: string): void => {
      const more = less.filter(number => !going.has(number));
      assert.equal(more, [], `${what}: seed ${seed}`);
    };
    assert.not.ok(
      [...going].some(number => used.has(number)),
      `uses: seed ${seed}`,
    );

    const key = random.pick(['keep', 'daily', 'weekly', 'monthly'] as const);
    const stricter = { ...policy, [key]: policy[key] + 1 + random.below(3) };
    assertNoMore(gone(all, stricter, nowSeconds, usesOf), key);
    const olderThanSeconds = (policy.olderThanSeconds ?? 0) + random.below(50 * day);
    assertNoMore(gone(all, { ...policy, olderThanSeconds }, nowSeconds, usesOf), 'age');

    const wrong = generations.map(each => {
      const madeAtSeconds = random.pick([
        each.madeAtSeconds,
        each.madeAtSeconds,
        random.below(day),
        nowSeconds + 1 + random.below(9999 * day),
      ]);
      return { ...each, madeAtSeconds };
    });
    assertNoMore(gone(profile(...wrong), policy, nowSeconds, usesOf), 'wrong dates');
    assertNoMore(gone(all, policy, random.below(nowSeconds), usesOf), 'a clock behind');
    const mended = generations.filter(({ system }) => 'bootspec' in system);
    assert.equal(gone(profile(...mended), policy, nowSeconds, usesOf), [...going], `seed ${seed}`);
  }
});

test('those that are named go, also what cannot be read', () => {
  const all = profile(generation(1), unreadable(2), generation(3), generation(4));
  const usesOf = ({ number }: Generation): Use[] =>
    number === 3 ? ['booted', 'pinned'] : number === 4 ? ['current', 'pinned'] : [];
  const verdicts = judgeNamed(all, new Set([1, 2]), usesOf);
  assert.equal(
    all.generations.map(each => verdicts.get(each)?.reasons.map(({ rule }) => rule)),
    [['named'], ['named'], ['booted', 'pinned', 'not-named'], ['current', 'pinned', 'not-named']],
  );
  const refusal = (...numbers: readonly number[]): string => {
    try {
      judgeNamed(all, new Set(numbers), usesOf);
      return 'none';
    } catch (thrown) {
      if (!(thrown instanceof GenctlError)) throw thrown;
      return `${thrown.code}: ${thrown.message} | ${thrown.hint}`;
    }
  };
  assert.is(
    refusal(1, 3, 4),
    'GENERATION_IN_USE: generation 3 cannot go: it is booted and it is pinned; generation 4 cannot go: it is the current one and it is pinned | First reboot into another generation, unpin it, switch to another generation.',
  );
  assert.is(refusal(1, 9), 'GENERATION_UNKNOWN: there is no generation 9 | See `genctl list`.');
});

test('a menu loses first what the policy lets go, the oldest first, and never what is in use', () => {
  const system = profile(
    generation(1, at('2026-01-01')),
    generation(2, at('2026-03-01')),
    unreadable(3, at('2026-04-01')),
    generation(4, at('1970-01-01')),
    generation(5, at('2026-11-01')),
    generation(6, at('2026-11-02')),
  );
  const other: Profile = {
    ...profile(
      ...['2026-02-01', '2026-10-01', '2026-11-03'].map((date, index) => ({
        ...generation(index + 1, at(date)),
        profile: 'work',
      })),
    ),
    name: 'work',
  };
  const usesOf = ({ profile: name, number }: Generation): Use[] =>
    name === 'system' && (number === 1 || number === 6) ? ['pinned'] : [];
  const order = (policy: RetentionPolicy | undefined): string =>
    evictionOrder([system, other], policy, now, usesOf)
      .map(({ profile: name, number }) => `${name}-${number}`)
      .join(' ');
  assert.is(order({ ...keepNone, keep: 2 }), 'work-1 system-2 system-4 work-2 system-5 work-3');
  assert.is(order(undefined), 'work-1 system-2 work-2 system-4 system-5 work-3');
});

test('reasons are said in one clause', () => {
  const policy = { keep: 10, olderThanSeconds: 30 * day, daily: 7, weekly: 0, monthly: 1 };
  assert.is(
    sayReason({ rule: 'policy', policy }),
    'it is beyond the newest 10, older than 30 days and not the last one of any of the latest 7 days or 1 month',
  );
  assert.is(
    sayReason({ rule: 'policy', policy: { ...keepNone, keep: 10, olderThanSeconds: 30 * day } }),
    'it is beyond the newest 10 and older than 30 days',
  );
  assert.is(
    sayReason({ rule: 'policy', policy: { ...keepNone, keep: 1 } }),
    'it is beyond the newest',
  );
  assert.is(sayReason({ rule: 'policy', policy: keepNone }), 'no rule keeps it');
  assert.is(
    sayReason({ rule: 'newest', rank: 3, of: 10 }),
    'it is one of the newest 10 (number 3)',
  );
  assert.is(sayReason({ rule: 'weekly', period: '2026-W47' }), 'it is the last of 2026-W47');
  assert.is(
    sayReason({ rule: 'young', ageSeconds: 3, limitSeconds: 36 * 3600 }),
    'it is not older than 36 hours',
  );
  assert.match(sayReason({ rule: 'undated', madeAtSeconds: 5 }), 'its date, 1970-01-01, cannot be');
});

test.run();
