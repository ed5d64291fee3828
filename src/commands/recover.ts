import { type ExitCode, exitCodes } from '../errors.ts';
import { Lock } from '../host/lock.ts';
import { writeResult } from '../host/terminal.ts';
import { writeJson } from '../output/write-json.ts';
import { journalPath, readJournal } from '../transaction/journal.ts';
import type { Command } from './context.ts';
import { isWhole } from './machine/carry-out.ts';
import { recoverMachine } from './machine/recover-machine.ts';

export interface RecoverArgs {
  /** Where nothing was interrupted, says nothing and does not ask for the lock. */
  quiet: boolean;
}

/** `genctl recover`: finishes or takes back an interrupted change. Other verbs do so by themselves. */
export const recover: Command<RecoverArgs> = async (context, { quiet }): Promise<ExitCode> => {
  if (context.dryRun) {
    const pending = readJournal(context.root)?.plan.verb ?? null;
    const text =
      pending === null ? 'nothing to recover' : `an interrupted \`${pending}\` would be recovered`;
    writeResult(context.json ? `${JSON.stringify({ pending })}\n` : `${text}\n`);
    return exitCodes.done;
  }
  // systemd calls it behind each change, most of which have come to their end.
  if (quiet && !context.json && context.root.stat(journalPath) === undefined) return exitCodes.done;
  using _lock = Lock.take(context.root, 'recover');
  const outcome = await recoverMachine(context);
  const direction = outcome?.direction ?? null;
  if (context.json) writeJson({ recovered: direction });
  else if (direction === null && !quiet) writeResult('nothing to recover\n');
  const isDone = outcome === undefined || (isWhole(outcome) && !outcome.needsAttention);
  return isDone ? exitCodes.done : exitCodes.attention;
};
