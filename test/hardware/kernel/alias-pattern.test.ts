import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { matchesAlias, normalAlias } from '../../../src/hardware/kernel/alias-pattern.ts';

const cases: readonly (readonly [pattern: string, alias: string, isMatch: boolean])[] = [
  ['', '', true],
  ['', 'a', false],
  ['a', '', false],
  ['*', '', true],
  ['**', 'a', true],
  ['a*', 'a', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*a*b*c', 'xxaxxbxxbxxc', true],
  ['*a*b*c', 'xxaxxcxxb', false],
  ['v*d*', 'v1d2d3', true],
  ['usb:v0[0-9A-F]p*', 'usb:v0Bp1', true],
  ['usb:v0[0-9A-F]p*', 'usb:v0Gp1', false],
  ['a[!0-9]b', 'axb', true],
  ['a[^0-9]b', 'a7b', false],
  ['a[]x]b', 'a]b', true],
  ['a[x-]b', 'a-b', true],
  ['a[b', 'a[b', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['a-b', 'a_b', true],
  ['a_b', 'a_b', true],
  ['(a+)$', '(a+)$', true],
];

for (const [pattern, alias, isMatch] of cases) {
  test(`${JSON.stringify(pattern)} and ${JSON.stringify(alias)}`, () => {
    // Between others, as a line of a file is.
    const bytes = Buffer.from(`]${pattern}]*`);
    assert.is(matchesAlias({ bytes, start: 1, end: pattern.length + 1 }, alias), isMatch);
  });
}

test('a modalias is looked up as kmod does it', () => {
  assert.is(normalAlias('platform:a-b'), 'platform:a_b');
  assert.is(normalAlias('a-[b-c]-d'), 'a_[b-c]_d');
  assert.is(normalAlias('a]'), undefined);
  assert.is(normalAlias('a[b'), undefined);
  assert.is(normalAlias('a'.repeat(5000)), undefined);
});

test.run();
