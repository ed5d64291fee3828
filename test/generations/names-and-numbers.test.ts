import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../src/errors.ts';
import type { Generation, Profile } from '../../src/generations/generation.ts';
import { generationLink, parseGenerationLinkName } from '../../src/generations/profile-layout.ts';
import { judge } from '../../src/generations/retention.ts';
import { nextNumber, type State, withNumber } from '../../src/generations/state.ts';

const bootspec = {} as Extract<Generation['system'], { bootspec: unknown }>['bootspec'];

function generation(number: number, isReadable = true): Generation {
  const finding = { code: 'X', subject: 'x', reason: 'x' };
  return {
    profile: 'system',
    number,
    target: `/nix/store/${number}`,
    madeAtSeconds: 0,
    system: isReadable ? { bootspec } : { finding },
  };
}

function profile(...generations: readonly Generation[]): Profile {
  const highestNumber = Math.max(0, ...generations.map(({ number }) => number));
  return { name: 'system', currentNumber: undefined, generations, highestNumber };
}

const state: State = { version: 1, owner: '00000000-0000-4000-8000-000000000000', profiles: {} };

test('names of links', () => {
  assert.equal(parseGenerationLinkName('system-12-link'), { profile: 'system', number: 12 });
  assert.equal(parseGenerationLinkName('a-1-link-2-link'), { profile: 'a-1-link', number: 2 });
  assert.is(generationLink('system', 3), '/nix/var/nix/profiles/system-3-link');
  assert.is(generationLink('work', 3), '/nix/var/nix/profiles/system-profiles/work-3-link');
  for (const name of [
    'system',
    'system-link',
    'system-0-link',
    'system-01-link',
    'system--1-link',
    'system-1-link.part',
    'system-1-link\n',
    'system-99999999999-link',
    '../x-1-link',
    'a"b-1-link',
    '-1-link',
  ]) {
    const parsed = parseGenerationLinkName(name);
    if (name === 'system--1-link') assert.equal(parsed, { profile: 'system-', number: 1 });
    else assert.is(parsed, undefined, name);
  }
});

test('the next number is above every link and every number given', () => {
  assert.is(nextNumber(state, profile()), 1);
  assert.is(nextNumber(state, profile(generation(1), generation(7))), 8);
  const given = withNumber(state, 'system', 12);
  assert.is(nextNumber(given, profile(generation(1))), 13);
  assert.is(nextNumber(given, profile(generation(40))), 41);
  assert.is(nextNumber(given, { ...profile(), name: 'other' }), 1);
});

test('a number is taken by whatever bears it, and there is a last one', () => {
  assert.is(nextNumber(state, { ...profile(generation(1)), highestNumber: 4 }), 5);
  const last = 999_999_999;
  assert.is(nextNumber(withNumber(state, 'system', last - 1), profile()), last);
  for (const [given, links] of [
    [withNumber(state, 'system', last), profile()],
    [state, profile(generation(last))],
  ] as const) {
    try {
      nextNumber(given, links);
      assert.unreachable();
    } catch (thrown) {
      assert.instance(thrown, GenctlError);
      assert.is((thrown as GenctlError).code, 'NUMBERS_USED_UP');
    }
  }
  assert.is(parseGenerationLinkName(`system-${last}-link`)?.number, last);
});

test('a generation that is not older than the age stays, one of the future too', () => {
  const made = [90, 100, 101, 200].map((madeAtSeconds, index) => ({
    ...generation(index + 1),
    madeAtSeconds,
  }));
  const all = profile(...made);
  const judged = (keep: number, olderThanSeconds: number): number[] => {
    const verdicts = judge(all, { keep, olderThanSeconds, nowSeconds: 150 }, () => false);
    return made.filter(each => verdicts.get(each)?.keep === false).map(({ number }) => number);
  };
  assert.equal(judged(0, 50), [1]);
  assert.equal(judged(0, 49), [1, 2]);
  assert.equal(judged(0, 0), [1, 2, 3]);
  assert.equal(judged(3, 0), [1]);
  assert.equal(judged(4, 0), []);
});

test('collection keeps the newest, the protected, and what cannot be read', () => {
  const all = profile(
    generation(1),
    generation(2),
    generation(3, false),
    generation(4),
    generation(5, false),
    generation(6),
  );
  const retention = { keep: 2, olderThanSeconds: undefined, nowSeconds: 0 };
  const verdicts = judge(all, retention, ({ number }) => number === 1);
  assert.equal(
    all.generations.map(each => `${each.number} ${verdicts.get(each)?.reason}`),
    ['1 protected', '2 not wanted', '3 unreadable', '4 newest', '5 unreadable', '6 newest'],
  );
});

test.run();
