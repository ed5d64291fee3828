import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compareVersions } from '../../../src/system/debian/compare-versions.ts';
import { hasProgram, testWhere } from '../../commands/test-where.ts';

/** Each version before the next one. */
const ascending = [
  '0~~',
  '0~~a',
  '0~',
  '0',
  '0a~',
  '0a',
  '0+',
  '0.1',
  '1.0~rc1-1',
  '1.0~rc1+b1-1',
  '1.0-0.1',
  '1.0-1~bpo12+1',
  '1.0-1~deb12u1',
  '1.0-1',
  '1.0-1a',
  '1.0-1+b1',
  '1.0-1+deb12u1',
  '1.0-1.1',
  '1.0+dfsg-1',
  '1.0-2-1',
  '1.0.a-1',
  '1.2.3-9',
  '1.2.3-10',
  '1.10-1',
  '20250520123456789012345678-1',
  '1:0.1-1',
  '1:1.35.0-4+deb12u1',
  '2:0~',
  '10:0',
];

test('older ones come first, whichever side they stand on', () => {
  for (const [at, older] of ascending.entries()) {
    assert.is(Math.sign(compareVersions(older, older)), 0, older);
    for (const newer of ascending.slice(at + 1)) {
      assert.is(Math.sign(compareVersions(older, newer)), -1, `${older} < ${newer}`);
      assert.is(Math.sign(compareVersions(newer, older)), 1, `${newer} > ${older}`);
    }
  }
});

test('zeros in front, epoch 0 and revision 0 make no other version', () => {
  for (const [one, other] of [
    ['1.0', '0:1.0'],
    ['1.0', '1.0-0'],
    ['1.05-1', '1.5-01'],
    ['00:1.0', '1.0'],
  ] as const) {
    assert.is(compareVersions(one, other), 0, `${one} = ${other}`);
  }
});

testWhere(
  hasProgram('dpkg', '--version'),
  'no dpkg',
  'neighbours are ordered as dpkg orders them',
  () => {
    const pairs = ascending.slice(1).map((newer, at) => [ascending[at] ?? '', newer] as const);
    for (const [older, newer] of [...pairs, ['1.0-0', '1.0'], ['1.05', '1.5-0']] as const) {
      const order = Math.sign(compareVersions(older, newer));
      const relation = order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq';
      const { status } = spawnSync('dpkg', ['--compare-versions', older, relation, newer]);
      assert.is(status, 0, `${older} ${relation} ${newer}`);
    }
  },
);

test.run();
