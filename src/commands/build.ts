import { exitCodes } from '../errors.ts';
import { Lock } from '../host/lock.ts';
import { writeResult } from '../host/terminal.ts';
import type { Command } from './context.ts';
import { buildSystem } from './machine/build-system.ts';
import { recoverMachine } from './machine/recover-machine.ts';

/** `genctl build`: adds the declared system to the store and prints its path. */
export const build: Command<object> = async context => {
  using _lock = Lock.take(context.root, 'build');
  await recoverMachine(context);
  const { toplevel } = await buildSystem(context.root, context.config);
  writeResult(context.json ? `${JSON.stringify({ system: toplevel })}\n` : `${toplevel}\n`);
  return exitCodes.done;
};
