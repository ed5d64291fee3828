import { getDiskInfoSync } from 'node-disk-info';
import * as systemInformation from 'systeminformation';
import type { Facts } from '../facts/facts.ts';
import { readSpace } from './read-space.ts';
import { readSummary } from './read-summary.ts';
import type { SpaceRow, Summary } from './summary.ts';

/** How long a person waits for what is only nice to know. */
const patienceMilliseconds = 3000;

/** The summary of the machine that runs, and its space, by the two packages. Import this file late. */
export async function askPackages(
  facts: Facts,
): Promise<{ summary: Summary; space: readonly SpaceRow[] }> {
  const summary = await readSummary(systemInformation, patienceMilliseconds);
  const { rows, failures } = readSpace(facts.mounts, () => getDiskInfoSync());
  return {
    summary: { ...summary, failures: [...summary.failures, ...failures] },
    space: rows,
  };
}
