import { formatBytes } from '../bytes.ts';
import { exitCodes } from '../errors.ts';
import { Lock } from '../host/lock.ts';
import { writeNotice, writeResult } from '../host/terminal.ts';
import { openStore } from '../store/open-store.ts';
import type { Command } from './context.ts';
import { recoverOrWarn } from './machine/recover-machine.ts';

/** `genctl store optimise`: equal files of the store become one, which is what adding does too. */
export const storeOptimise: Command<object> = async context => {
  const { root, json, dryRun } = context;
  if (dryRun) {
    writeResult(
      json ? '{"linkedFiles":null,"savedBytes":null}\n' : 'equal files would be linked\n',
    );
    return exitCodes.done;
  }
  using _lock = Lock.take(root, 'store optimise');
  await recoverOrWarn(context);
  writeNotice('looking for equal files in the store\n');
  const { linkedFiles, savedBytes } = await openStore(root, 'change').optimise();
  writeResult(
    json
      ? `${JSON.stringify({ linkedFiles, savedBytes })}\n`
      : `${linkedFiles} files linked, ${formatBytes(savedBytes)} saved\n`,
  );
  return exitCodes.done;
};
