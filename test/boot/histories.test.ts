import { test } from 'uvu';
import { liveHistory } from './history-life.ts';

/** How many random lives of a machine there are; scripts/soak lives many. */
const rounds = Number(process.env['GENCTL_HISTORY_ROUNDS'] ?? 120);
const firstSeed = Number(process.env['GENCTL_HISTORY_SEED'] ?? 20261122);

test('whatever happens to a machine, what was promised holds after it and at each instant of it', () => {
  for (let round = 0; round < rounds; round++) liveHistory(firstSeed + round);
});

test.run();
