import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { exitCodes, GenctlError, messageOf } from '../errors.ts';
import { eachMessage } from './messages.ts';

/** The run that has started this one in a unit, and waits for it. */
let caller: Socket | undefined;

/** Where a run in a unit finds the one that has started it, a path of the live machine. */
export function callerPath(unit: string): string {
  return `/run/genctl/${unit}.socket`;
}

/** What a caller says: first the environment, later each signal that it gets. */
export interface CallerMessage {
  environment?: NodeJS.ProcessEnv;
  signal?: NodeJS.Signals;
}

/**
 * Takes over the environment of the caller, and from now on its Ctrl-C. What the caller does not
 * wait for any more is not begun; once it is begun, it needs no caller.
 *
 * @throws GenctlError INTERRUPTED
 */
export async function joinCaller(unit: string): Promise<void> {
  const { connect } = await import('node:net');
  const socket = connect(callerPath(unit));
  const hasJoined = new Promise<void>((resolve, reject) => {
    const hasGone = (thrown?: unknown): void => {
      const why = thrown instanceof Error ? `: ${messageOf(thrown)}` : '';
      reject(
        new GenctlError('INTERRUPTED', `the genctl that started ${unit} has gone${why}`, {
          exitCode: exitCodes.interrupted,
          hint: 'Nothing was begun: run the command again.',
        }),
      );
    };
    socket.on('error', hasGone).on('close', () => hasGone());
    eachMessage<CallerMessage>(socket, ({ environment, signal }) => {
      Object.assign(process.env, environment);
      if (environment !== undefined) resolve();
      if (signal !== undefined) process.kill(process.pid, signal);
    });
  });
  // One caller, one run; one that was killed has left it behind.
  await hasJoined.finally(() => rmSync(callerPath(unit), { force: true }));
  // A caller that waits is no reason to go on, and its terminal none to end.
  socket.unref();
  process.on('SIGHUP', () => undefined);
  caller = socket;
}

/** Gives the caller, if there is one, the exit code of this run. */
export async function tellCaller(exitCode: number): Promise<void> {
  const socket = caller;
  if (socket === undefined || socket.destroyed) return;
  socket.ref();
  await new Promise<void>(resolve => {
    // Where it has gone meanwhile, nobody asks.
    socket.on('close', resolve).end(`${JSON.stringify({ exitCode })}\n`, resolve);
  });
}
