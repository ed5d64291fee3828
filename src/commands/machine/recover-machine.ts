import { openVolumes } from '../../boot/open-volumes.ts';
import { writeNotice } from '../../host/terminal.ts';
import { reportFinding } from '../../output/report-error.ts';
import { type Outcome, recover } from '../../transaction/apply.ts';
import { Disks } from '../../transaction/disks.ts';
import { readJournal } from '../../transaction/journal.ts';
import type { Recovery } from '../../transaction/recovery.ts';
import type { Context } from '../context.ts';
import { reportOutcome, surroundingsOf } from './surroundings.ts';

/** How the recovery of an interrupted change has ended. */
export interface RecoveryOutcome extends Outcome, Pick<Recovery, 'direction'> {
  /** Whether a unit failed meanwhile. */
  needsAttention: boolean;
}

/**
 * Finishes or takes back what an interrupted run has left behind.
 *
 * @returns undefined where there was nothing
 */
export async function recoverMachine(context: Context): Promise<RecoveryOutcome | undefined> {
  const { root } = context;
  const journal = readJournal(root);
  if (journal === undefined) return undefined;
  const { plan } = journal;
  using disks = new Disks(root, openVolumes(root, plan.volumes));
  const surroundings = surroundingsOf(context, disks, plan);
  const { direction, ...outcome } = await recover(journal, surroundings);
  const word = direction === 'forward' ? 'finished' : 'undone';
  writeNotice(`an interrupted \`genctl ${plan.verb}\` was found and ${word}\n`);
  reportOutcome(root, outcome);
  return { direction, ...outcome, needsAttention: surroundings.outside.needsAttention };
}

/** What a verb begins with: an interrupted change is brought to its end; a dry run only tells of it. */
export async function recoverOrWarn(context: Context): Promise<void> {
  if (!context.dryRun) {
    await recoverMachine(context);
    return;
  }
  if (readJournal(context.root) === undefined) return;
  reportFinding({
    code: 'INTERRUPTED_CHANGE',
    subject: 'journal',
    reason: 'an earlier change was interrupted, so this plan may not be what will be done',
    hint: 'Run `genctl recover` first.',
  });
}
