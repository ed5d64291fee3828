import type { Argv } from 'yargs';
import yargs from 'yargs';
import type { CommandFactory, ParsedLine, Traits } from './cli/command-factory.ts';
import { generationCommands } from './cli/generation-commands.ts';
import { hardwareCommands } from './cli/hardware-commands.ts';
import { machineCommands } from './cli/machine-commands.ts';
import { menuCommands } from './cli/menu-commands.ts';
import { upkeepCommands } from './cli/upkeep-commands.ts';
import type { Command, CommonFlags, Context } from './commands/context.ts';
import { type ExitCode, exitCodes, GenctlError, messageOf } from './errors.ts';
import { writeResult } from './host/terminal.ts';
import { version } from './version.ts';

/** What a command line asks for: to be run, with the flags that decide how it answers. */
export interface Invocation {
  verb: string;
  flags: CommonFlags;
  /** Whether it adds to or deletes from the store, which is mounted read-only. */
  writesStore: boolean;
  /** Whether it begins by bringing an interrupted change to its end. */
  recovers: boolean;
  /** Whether it changes what runs. */
  activates: boolean;
  run(context: Context): Promise<ExitCode>;
}

/**
 * Reads a command line. Undefined where help or the version was asked for, and printed.
 *
 * @throws GenctlError USAGE with exit code 2
 */
export async function readCommandLine(args: readonly string[]): Promise<Invocation | undefined> {
  let invocation: Invocation | undefined;
  const command = <Args>(
    load: () => Promise<Command<Args>>,
    { changes = false, writesStore = () => false, activates = () => false }: Traits<Args> = {},
  ): ((argv: ParsedLine<Args>) => void) => {
    return argv => {
      invocation = {
        verb: String(argv._[0]),
        flags: argv,
        writesStore: writesStore(argv),
        recovers: changes && !argv.dryRun,
        activates: activates(argv) && !argv.dryRun,
        run: async context => (await load())(context, argv),
      };
    };
  };
  const parser = commands(common(yargs()), command)
    .exitProcess(false)
    .fail(false)
    .help(false)
    .version(false);
  // What follows `--` is text, whatever it looks like.
  const end = args.indexOf('--');
  const flags = end < 0 ? args : args.slice(0, end);
  if (flags.includes('--version')) {
    writeResult(`genctl ${version}\n`);
    return undefined;
  }
  if (args.length === 0 || flags.includes('--help') || flags.includes('-h')) {
    await printHelp(parser, flags);
    return undefined;
  }
  try {
    await parser.parseAsync(args);
  } catch (thrown) {
    throw usageError(thrown);
  }
  return invocation;
}

/** The table of commands. Each is imported when it is called. */
function commands(argv: Argv<CommonFlags>, command: CommandFactory): Argv<CommonFlags> {
  const tables = [
    machineCommands,
    hardwareCommands,
    generationCommands,
    menuCommands,
    upkeepCommands,
  ];
  return tables
    .reduce((parser, table) => table(parser, command), argv)
    .completion('completion', 'Print a completion script: source it in ~/.bashrc or ~/.zshrc')
    .demandCommand(1, 'Say what to do')
    .recommendCommands();
}

function common(argv: Argv): Argv<CommonFlags> {
  return argv
    .scriptName('genctl')
    .locale('en')
    .usage('$0 <command>: generations and boot entries of this machine')
    .parserConfiguration({
      'duplicate-arguments-array': false,
      'boolean-negation': false,
      'parse-positional-numbers': false,
    })
    .strict()
    .strictCommands()
    .options({
      root: {
        type: 'string',
        default: '/',
        requiresArg: true,
        describe: 'Work on the machine below this folder',
      },
      config: {
        type: 'string',
        default: '/etc/genctl',
        requiresArg: true,
        describe: 'Folder of the declaration, as seen from the root',
      },
      json: { type: 'boolean', default: false, describe: 'Answer in JSON' },
      'dry-run': {
        type: 'boolean',
        default: false,
        describe: 'Show what would be done; of the machine nothing is changed',
      },
      yes: { type: 'boolean', default: false, describe: 'Ask nothing' },
      verbose: { type: 'boolean', default: false, describe: 'Say each step, and more on errors' },
    })
    .epilogue(
      'Exit codes: 0 done; 1 refused or failed, nothing changed; 2 usage; 3 done, but something needs attention; 4 failed, not all undone; 70 a bug; 75 locked; 130 interrupted, undone.',
    ) as unknown as Argv<CommonFlags>;
}

/** Flags whose value is a word of its own. */
const takesValue =
  /^--(?:root|config|profile|keep|older-than|keep-daily|keep-weekly|keep-monthly|delete|max-freed|from|kernel|file|format|size|device-by|conflicts|confirm)$/;

/** Help of a command, or of all; what else is on the line does not matter. */
async function printHelp(parser: Argv<CommonFlags>, args: readonly string[]): Promise<void> {
  const words = args.filter(
    (word, index) => !word.startsWith('-') && !takesValue.test(args[index - 1] ?? ''),
  );
  await parser.help('help').parseAsync([...words, '--help'], {}, (_error, _argv, output) => {
    writeResult(`${output}\n`);
  });
}

function usageError(thrown: unknown): GenctlError {
  if (thrown instanceof GenctlError) return thrown;
  const message = messageOf(thrown).replace(/^Did you mean/, 'unknown command: did you mean');
  return new GenctlError('USAGE', message, {
    exitCode: exitCodes.usage,
    hint: 'See `genctl --help`, or `genctl COMMAND --help`.',
    cause: thrown,
  });
}
