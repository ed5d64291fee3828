import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { matchesGlob } from '../../src/boot/systemd-boot/read-menu.ts';

const cases: readonly (readonly [pattern: string, name: string, isMatch: boolean])[] = [
  ['debian.conf', 'Debian.CONF', true],
  ['debian.conf', 'debian-conf', false],
  ['genctl-*', 'genctl-1.conf', true],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*a*b*c', 'xxaxxbxxbxxc', true],
  ['*a*b*c', 'xxaxxcxxb', false],
  ['a[0-9]b', 'a7b', true],
  ['a[0-9]b', 'axb', false],
  ['a[xyz-]b', 'a-b', true],
  ['a[]]b', 'a]b', true],
  ['a[b', 'a[b', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['(a+)$', '(a+)$', true],
];

for (const [pattern, name, isMatch] of cases) {
  test(`${JSON.stringify(pattern)} and ${JSON.stringify(name)}`, () => {
    assert.is(matchesGlob(pattern, name), isMatch);
  });
}

test('a pattern of many stars takes no time to speak of', () => {
  const startedAt = Date.now();
  assert.is(matchesGlob('*a'.repeat(2000), `${'a'.repeat(1999)}b`), false);
  assert.is(matchesGlob(`${'*a'.repeat(2000)}*b`, 'a'.repeat(5000)), false);
  assert.ok(Date.now() - startedAt < 30_000);
});

test.run();
