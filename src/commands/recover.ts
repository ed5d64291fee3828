import { type ExitCode, exitCodes } from '../errors.ts';
import { Lock } from '../host/lock.ts';
import { writeResult } from '../host/terminal.ts';
import { writeJson } from '../output/write-json.ts';
import { readJournal } from '../transaction/journal.ts';
import type { Command } from './context.ts';
import { isWhole } from './machine/carry-out.ts';
import { recoverMachine } from './machine/recover-machine.ts';

/** `genctl recover`: finishes or takes back an interrupted change. Other verbs do so by themselves. */
export const recover: Command<object> = async (context): Promise<ExitCode> => {
  if (context.dryRun) {
    const pending = readJournal(context.root)?.plan.verb ?? null;
    const text =
      pending === null ? 'nothing to recover' : `an interrupted \`${pending}\` would be recovered`;
    writeResult(context.json ? `${JSON.stringify({ pending })}\n` : `${text}\n`);
    return exitCodes.done;
  }
  using _lock = Lock.take(context.root, 'recover');
  const outcome = await recoverMachine(context);
  const direction = outcome?.direction ?? null;
  if (context.json) writeJson({ recovered: direction });
  else if (direction === null) writeResult('nothing to recover\n');
  return outcome === undefined || isWhole(outcome) ? exitCodes.done : exitCodes.attention;
};
