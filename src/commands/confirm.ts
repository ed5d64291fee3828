import { exitCodes } from '../errors.ts';
import { writeResult } from '../host/terminal.ts';
import { writeJson } from '../output/write-json.ts';
import type { Command } from './context.ts';
import { giveConfirmation, pendingConfirmation } from './machine/await-confirmation.ts';

/** `genctl confirm`: lets a `switch --confirm` or `rollback --confirm` stay. Takes no lock. */
export const confirm: Command<object> = async ({ root, dryRun, json }) => {
  const pending = dryRun ? pendingConfirmation(root) : await giveConfirmation(root);
  if (json) {
    writeJson({ verb: pending?.verb ?? null, secondsLeft: pending?.secondsLeft ?? null });
  } else if (pending === undefined) {
    writeResult('nothing to confirm\n');
  } else {
    const { verb, secondsLeft } = pending;
    const what = dryRun ? `waits, ${secondsLeft} s more` : 'is confirmed, and stays';
    writeResult(`\`genctl ${verb}\` ${what}\n`);
  }
  return exitCodes.done;
};
