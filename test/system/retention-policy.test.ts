import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { retentionPolicy } from '../../src/system/retention-policy.ts';
import { DeclarationFolder } from './declaration-folder.ts';

const folder = new DeclarationFolder();
test.after(() => folder.remove());

test('a policy is what [gc] declares, and none where it would keep nothing', () => {
  const declared = (...lines: readonly string[]): ReturnType<typeof retentionPolicy> =>
    retentionPolicy(folder.readGood({ 'system.conf': `[gc]\n${lines.join('\n')}\n` }).gc);
  const nothing = { keep: 0, olderThanSeconds: undefined, daily: 0, weekly: 0, monthly: 0 };
  assert.is(declared(), undefined);
  assert.is(declared('keepDaily = 0', 'keepMonthly = 0'), undefined);
  assert.equal(declared('keepWeekly = 4'), { ...nothing, weekly: 4 });
  assert.equal(declared('olderThan = 2d'), { ...nothing, olderThanSeconds: 2 * 24 * 3600 });
  assert.equal(declared('keep = 10', 'keepDaily = 7', 'keepMonthly = 12'), {
    ...nothing,
    keep: 10,
    daily: 7,
    monthly: 12,
  });
});

test.run();
