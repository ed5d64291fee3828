import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasProgram, testWhere } from '../../commands/test-where.ts';
import { SeededRandom } from '../seeded-random.ts';
import { FatHistory, randomKind } from './fat-history.ts';
import { FatImage } from './mtools.ts';

const cases = Number(process.env['GENCTL_FAT_CASES'] ?? 1000);
const seed = Number(process.env['GENCTL_FAT_SEED'] ?? 1);

const peers = hasProgram('mkfs.vfat', '--help') && hasProgram('mtools', '--version');

testWhere(
  peers,
  'dosfstools and mtools',
  `what mdir shows, byte for byte: ${cases} volumes`,
  () => {
    let checks = 0;
    for (let index = 0; index < cases; index++) {
      const random = new SeededRandom(seed * 100_000 + index);
      const kind = randomKind(random);
      using image = new FatImage(kind);
      checks += new FatHistory(random, image).live();
      const wrong = image.run();
      assert.is(wrong, undefined, `case ${index}, ${JSON.stringify(kind)}:\n${wrong}`);
    }
    assert.ok(checks >= cases, `${checks} comparisons`);
  },
);

test.run();
