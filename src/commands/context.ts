import { resolve } from 'node:path';
import type { ExitCode } from '../errors.ts';
import { Root } from '../host/root.ts';

/** The flags that every command has. */
export interface CommonFlags {
  root: string;
  config: string;
  json: boolean;
  dryRun: boolean;
  yes: boolean;
  verbose: boolean;
}

/** What a command works on, and how it shall answer. */
export interface Context extends Omit<CommonFlags, 'root'> {
  root: Root;
}

/** A command: from its context and its own arguments to the exit code. */
export type Command<Args> = (context: Context, args: Args) => Promise<ExitCode>;

export function openContext(flags: CommonFlags): Context {
  return { ...flags, root: new Root(resolve(flags.root)) };
}
