import type { Argv } from 'yargs';
import type { Command, CommonFlags } from '../commands/context.ts';

/** What has to be known of a command before it runs. */
export interface Traits<Args> {
  /** Whether it changes the machine, and so recovers first. */
  changes?: boolean;
  writesStore?: (argv: CommonFlags & Args) => boolean;
  /** Whether it changes what runs, and so had better not depend on anything that runs. */
  activates?: (argv: CommonFlags & Args) => boolean;
}

/** What the parser calls with. */
export type ParsedLine<Args> = CommonFlags &
  Args & {
    /** The words of the line that are no flags: the verb comes first. */
    _: readonly (string | number)[];
  };

/** Ties a command's file to what the parser calls with its arguments. */
export type CommandFactory = <Args>(
  load: () => Promise<Command<Args>>,
  traits?: Traits<Args>,
) => (argv: ParsedLine<Args>) => void;

/** Adds some commands to a parser. */
export type CommandTable = (argv: Argv<CommonFlags>, command: CommandFactory) => Argv<CommonFlags>;
