import { resolve } from 'node:path';
import { type ExitCode, exitCodes, GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
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
  if (flags.root === '' || !flags.config.startsWith('/')) {
    const why = flags.root === '' ? '--root is empty' : `--config ${flags.config} is not absolute`;
    throw new GenctlError('USAGE', why, {
      exitCode: exitCodes.usage,
      hint: 'Give --root a folder, and --config a path from that root on, such as /etc/genctl.',
    });
  }
  const hostPath = resolve(flags.root);
  const root = ifThere(() => new Root(hostPath), ['FILE_MISSING', 'NOT_A_FOLDER']);
  if (root !== undefined) return { ...flags, root };
  throw new GenctlError('ROOT_MISSING', `cannot work on ${hostPath}: there is no such folder`, {
    hint: 'Give --root the folder that the machine’s file system is in.',
  });
}
