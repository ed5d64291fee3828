import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GenctlError } from '../../src/errors.ts';
import { generationLink, parseGenerationLinkName } from '../../src/generations/profile-layout.ts';
import { nextNumber, type State, withNumber } from '../../src/generations/state.ts';
import { generation, profile } from './made-up.ts';

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

test.run();
