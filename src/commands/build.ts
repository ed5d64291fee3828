import { exitCodes, GenctlError } from '../errors.ts';
import { Lock } from '../host/lock.ts';
import { writeResult } from '../host/terminal.ts';
import type { Command, Context } from './context.ts';
import { type Build, buildSystem, buildSystemAfresh } from './machine/build-system.ts';
import { keepLock } from './machine/keep-lock.ts';
import { recoverMachine } from './machine/recover-machine.ts';

export interface BuildArgs {
  /** Builds once more from nothing, and compares. */
  check: boolean;
}

/** `genctl build`: adds the declared system to the store and prints its path. */
export const build: Command<BuildArgs> = async (context, { check }) => {
  using _lock = Lock.take(context.root, 'build');
  await recoverMachine(context);
  const built = await buildSystem(context.root, context.config);
  keepLock(context, built);
  if (check) await compareWithFresh(context, built);
  const { toplevel } = built;
  writeResult(context.json ? `${JSON.stringify({ system: toplevel })}\n` : `${toplevel}\n`);
  return exitCodes.done;
};

/** @throws GenctlError BUILD_DIFFERS */
async function compareWithFresh({ root, config }: Context, { toplevel }: Build): Promise<void> {
  const fresh = await buildSystemAfresh(root, config);
  if (fresh.toplevel === toplevel) return;
  throw new GenctlError(
    'BUILD_DIFFERS',
    `a build from nothing gives ${fresh.toplevel}, and not ${toplevel}`,
    { hint: `Compare them: diff -r --no-dereference ${fresh.toplevel} ${toplevel}` },
  );
}
