import type { Argv } from 'yargs';
import yargs from 'yargs';
import type { Command, CommonFlags, Context } from './commands/context.ts';
import { type ExitCode, exitCodes, GenctlError, messageOf } from './errors.ts';
import { writeResult } from './host/terminal.ts';
import { version } from './version.ts';

/** What a command line asks for: to be run, with the flags that decide how it answers. */
export interface Invocation {
  flags: CommonFlags;
  /** Whether it adds to or deletes from the store, which is mounted read-only. */
  writesStore: boolean;
  /** Whether it begins by bringing an interrupted change to its end. */
  recovers: boolean;
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
    { changes = false, writesStore = () => false }: Traits<Args> = {},
  ): ((argv: CommonFlags & Args) => void) => {
    return argv => {
      invocation = {
        flags: argv,
        writesStore: writesStore(argv),
        recovers: changes && !argv.dryRun,
        run: async context => (await load())(context, argv),
      };
    };
  };
  const parser = commands(common(yargs()), command)
    .exitProcess(false)
    .fail(false)
    .help(false)
    .version(false);
  if (args.includes('--version')) {
    writeResult(`genctl ${version}\n`);
    return undefined;
  }
  if (args.length === 0 || args.includes('--help') || args.includes('-h')) {
    await printHelp(parser, args);
    return undefined;
  }
  try {
    await parser.parseAsync(args);
  } catch (thrown) {
    throw usageError(thrown);
  }
  return invocation;
}

/** What has to be known of a command before it runs. */
interface Traits<Args> {
  /** Whether it changes the machine, and so recovers first. */
  changes?: boolean;
  writesStore?: (argv: CommonFlags & Args) => boolean;
}

type CommandFactory = <Args>(
  load: () => Promise<Command<Args>>,
  traits?: Traits<Args>,
) => (argv: CommonFlags & Args) => void;

/** Verbs that take a generation, or else build the declared one, be it for a dry run. */
const generationVerb: Traits<{ generation: number | undefined }> = {
  changes: true,
  writesStore: argv => argv.generation === undefined,
};

/** The table of commands. Each is imported when it is called. */
function commands(argv: Argv<CommonFlags>, command: CommandFactory): Argv<CommonFlags> {
  return argv
    .command(
      'init',
      'Write a starter declaration for this machine',
      args => args.example('genctl init --dry-run', 'show what would be written'),
      command(async () => (await import('./commands/init.ts')).init),
    )
    .command(
      'build',
      'Build the declared system and print its store path',
      args => args.example('genctl build', 'nothing of the machine changes'),
      command(async () => (await import('./commands/build.ts')).build, { writesStore: () => true }),
    )
    .command(
      'switch [generation]',
      'Build, or take a generation: the default of the menu, and active now',
      args =>
        generation(args)
          .example('genctl switch', 'build what is declared and switch to it')
          .example('genctl switch 12', 'switch to generation 12')
          .example('genctl switch --dry-run', 'show every write it would make'),
      command(async () => (await import('./commands/switch.ts')).switchTo, generationVerb),
    )
    .command(
      'boot [generation]',
      'Build, or take a generation: the default of the menu, active from the next boot on',
      args => generation(args).example('genctl boot 12', 'boot generation 12 next time'),
      command(async () => (await import('./commands/boot.ts')).boot, generationVerb),
    )
    .command(
      'test [generation]',
      'Build, or take a generation: active now, until the next boot',
      args => generation(args).example('genctl test', 'try /etc without touching the menu'),
      command(async () => (await import('./commands/test.ts')).test, generationVerb),
    )
    .command(
      'rollback',
      'Go back to the generation before the current',
      args =>
        profile(args)
          .option('boot', {
            type: 'boolean',
            default: false,
            describe: 'Only for the next boot; what runs goes on',
          })
          .example('genctl rollback', 'no declaration is needed for it'),
      command(async () => (await import('./commands/rollback.ts')).rollback, { changes: true }),
    )
    .command(
      'list',
      'List the generations, newest first',
      args =>
        args
          .option('profile', { type: 'string', requiresArg: true, describe: 'One profile only' })
          .example('genctl list --json', 'for scripts'),
      command(async () => (await import('./commands/list.ts')).list),
    )
    .command(
      'show <generation>',
      'Show what a generation boots',
      args =>
        profile(args)
          .positional('generation', {
            type: 'number',
            demandOption: true,
            describe: 'Its number',
            coerce: toNumber,
          })
          .example('genctl show 12', 'its kernel, initrd, parameters'),
      command(async () => (await import('./commands/show.ts')).show),
    )
    .command(
      'status',
      'Show which generation is current, booted, active and default, and what is wrong',
      args =>
        args.example(
          'genctl status --json',
          'for monitoring; exit code 3 if something needs attention',
        ),
      command(async () => (await import('./commands/status.ts')).status),
    )
    .command(
      'gc',
      'Remove old generations: their entries, their links, their store paths',
      args =>
        args
          .option('keep', {
            type: 'number',
            describe: 'How many of the newest stay (default: `keep` in [gc])',
            coerce: toOptionalNumber,
          })
          .option('older-than', {
            type: 'string',
            requiresArg: true,
            describe: 'What is younger stays as well: 12h, 30d, 4w (default: `olderThan` in [gc])',
          })
          .example('genctl gc --keep 5 --dry-run', 'show what would go'),
      command(async () => (await import('./commands/gc.ts')).gc, {
        changes: true,
        writesStore: argv => !argv.dryRun,
      }),
    )
    .command('menu', 'Show or write the boot menu', args =>
      args
        .command(
          'show',
          'Show the boot menu as the firmware will',
          inner => inner.example('genctl menu show', 'the default is marked with a star'),
          command(async () => (await import('./commands/menu-show.ts')).menuShow),
        )
        .command(
          'sync',
          'Make the menu say what the profiles say',
          inner => inner.example('genctl menu sync --dry-run', 'show what differs'),
          command(async () => (await import('./commands/menu-sync.ts')).menuSync, {
            changes: true,
          }),
        )
        .demandCommand(1, 'Say which: genctl menu show | sync'),
    )
    .command('loader', 'Install, update or show the boot loader', args =>
      args
        .command(
          'install',
          'Make systemd-boot the boot loader',
          inner => inner.example('genctl loader install', 'needed once, before the first switch'),
          command(async () => (await import('./commands/loader-install.ts')).loaderInstall, {
            changes: true,
          }),
        )
        .command(
          'update',
          'Exchange an installed systemd-boot by the one at hand',
          inner => inner.example('genctl loader update', 'after systemd-boot-efi was upgraded'),
          command(async () => (await import('./commands/loader-install.ts')).loaderUpdate, {
            changes: true,
          }),
        )
        .command(
          'status',
          'Show what is installed',
          inner => inner.example('genctl loader status', 'also what the firmware says'),
          command(async () => (await import('./commands/loader-status.ts')).loaderStatus),
        )
        .demandCommand(1, 'Say which: genctl loader install | update | status'),
    )
    .command(
      'recover',
      'Finish or take back a change that was interrupted',
      args => args.example('genctl recover', 'does nothing where nothing was interrupted'),
      command(async () => (await import('./commands/recover.ts')).recover, { changes: true }),
    )
    .completion('completion', 'Print a completion script: source it in ~/.bashrc or ~/.zshrc')
    .demandCommand(1, 'Say what to do')
    .recommendCommands();
}

function common(argv: Argv): Argv<CommonFlags> {
  return argv
    .scriptName('genctl')
    .locale('en')
    .usage('$0 <command>: generations and boot entries of this machine')
    .parserConfiguration({ 'duplicate-arguments-array': false, 'boolean-negation': false })
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

function generation(argv: Argv<CommonFlags>) {
  return profile(argv).positional('generation', {
    type: 'number',
    describe: 'Number of a generation; without it the declared system is built',
    coerce: toOptionalNumber,
  });
}

function profile(argv: Argv<CommonFlags>) {
  return argv.option('profile', {
    type: 'string',
    default: 'system',
    requiresArg: true,
    describe: 'The profile',
  });
}

function toOptionalNumber(value: unknown): number | undefined {
  return value === undefined ? undefined : toNumber(value);
}

function toNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new GenctlError('USAGE', 'a generation or a count is a whole number above 0', {
    exitCode: exitCodes.usage,
    hint: 'See `genctl list` for the numbers.',
  });
}

/** Flags whose value is a word of its own. */
const takesValue = /^--(?:root|config|profile|keep|older-than)$/;

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
