import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { exitCodes, GenctlError } from '../errors.ts';
import { type CallerMessage, callerPath } from './caller.ts';
import { fileError } from './file-error.ts';
import { eachMessage } from './messages.ts';
import { ownProgram } from './own-program.ts';
import type { Root } from './root.ts';
import { systemdRunArguments } from './transient-unit.ts';

/**
 * Runs this same command line again in a transient unit of its own, where neither a lost terminal
 * nor a service that is restarted ends it. A connection between the two runs, and not
 * `systemd-run`, tells how it ended: that one loses sight of the unit when D-Bus is restarted, and
 * says that all went well.
 *
 * @param verb for the unit's name
 * @returns the exit code of the run inside; `refused` where systemd would not start one; `killed`
 *   where it did not come to its end, and systemd has seen to what it had begun
 * @throws GenctlError INTERRUPTED
 */
export async function rerunInOwnUnit(
  args: readonly string[],
  verb: string,
  root: Root,
): Promise<number | 'refused' | 'killed'> {
  const unit = `genctl-${verb}-${randomBytes(4).toString('hex')}.service`;
  const server = await listen(root, callerPath(unit));
  // In a session of its own it gets neither Ctrl-C nor the hangup: what becomes of the unit is
  // decided here.
  const starter = spawn(
    'systemd-run',
    systemdRunArguments({ unit, program: ownProgram(), args, environment: process.env }),
    { stdio: 'inherit', detached: true },
  );
  const hasEnded = new Promise<undefined>(resolve => {
    starter.on('error', () => resolve(undefined)).on('close', () => resolve(undefined));
  });
  const signals: NodeJS.Signals[] = [];
  let send = (signal: NodeJS.Signals): void => {
    signals.push(signal);
  };
  const passOn = (signal: NodeJS.Signals): void => send(signal);
  // A hangup ends this run, and nothing else.
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  try {
    const inside = await Promise.race([
      once(server, 'connection').then(([socket]) => socket as Socket),
      hasEnded,
    ]);
    if (inside === undefined) return unlessInterrupted('refused', signals);
    const say = (message: CallerMessage): void => {
      inside.write(`${JSON.stringify(message)}\n`);
    };
    say({ environment: process.env });
    for (const signal of signals) say({ signal });
    send = signal => {
      signals.push(signal);
      say({ signal });
    };
    const exitCode = await exitCodeFrom(inside);
    if (exitCode !== undefined) return exitCode;
    // systemd has its recovery run, and what that says comes first.
    await hasEnded;
    return unlessInterrupted('killed', signals);
  } finally {
    process.off('SIGINT', passOn).off('SIGTERM', passOn);
    server.close();
  }
}

/** Only root may connect: the folder is root's, and so is the socket. */
async function listen(root: Root, path: string): Promise<Server> {
  root.folderOrMake('/run/genctl')[Symbol.dispose]();
  const server = createServer();
  server.listen(path);
  try {
    await once(server, 'listening');
  } catch (thrown) {
    throw fileError('make', path, thrown);
  }
  return server;
}

/** What the run inside says last; undefined where it was killed. */
async function exitCodeFrom(inside: Socket): Promise<number | undefined> {
  let exitCode: number | undefined;
  eachMessage<{ exitCode: number }>(inside, message => {
    ({ exitCode } = message);
  });
  await new Promise(resolve => {
    inside.on('error', () => undefined).on('close', resolve);
  });
  return exitCode;
}

/** @throws GenctlError INTERRUPTED where that was the user's wish */
function unlessInterrupted<End>(end: End, [signal]: readonly string[]): End {
  if (signal === undefined) return end;
  throw new GenctlError('INTERRUPTED', `interrupted by ${signal}`, {
    exitCode: exitCodes.interrupted,
    hint: 'Run the command again when you want it done.',
  });
}
