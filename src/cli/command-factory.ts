import type { Argv } from 'yargs';
import type { Command, CommonFlags } from '../commands/context.ts';

/** What has to be known of a command before it runs. */
export interface Traits<Args> {
  /** Whether it changes the machine, and so recovers first. */
  changes?: boolean;
  writesStore?: (argv: CommonFlags & Args) => boolean;
}

/** Ties a command's file to what the parser calls with its arguments. */
export type CommandFactory = <Args>(
  load: () => Promise<Command<Args>>,
  traits?: Traits<Args>,
) => (argv: CommonFlags & Args) => void;

/** Adds some commands to a parser. */
export type CommandTable = (argv: Argv<CommonFlags>, command: CommandFactory) => Argv<CommonFlags>;
