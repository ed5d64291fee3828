import { count, oneGeneration, profile, toNumber } from './arguments.ts';
import type { CommandTable } from './command-factory.ts';

/** What generations there are, what is remembered of them, and which of them stay. */
export const generationCommands: CommandTable = (argv, command) => {
  const noteWords = command(async () => (await import('../commands/note.ts')).note, {
    changes: true,
  });
  return argv
    .command(
      'list',
      'List the generations, newest first',
      args =>
        args
          .option('profile', { type: 'string', requiresArg: true, describe: 'One profile only' })
          .example('genctl list --json', 'for scripts'),
      command(async () => (await import('../commands/list.ts')).list),
    )
    .command(
      'show <generation>',
      'Show what a generation boots',
      args => oneGeneration(args).example('genctl show 12', 'its kernel, initrd, parameters'),
      command(async () => (await import('../commands/show.ts')).show),
    )
    .command(
      'diff [from] [to]',
      'Show what differs between two generations',
      args =>
        profile(args)
          .positional('from', {
            type: 'number',
            describe: 'Number of the one before (default: the one before the current)',
            coerce: optionalNumber('FROM'),
          })
          .positional('to', {
            type: 'number',
            describe: 'Number of the one after (default: the current)',
            coerce: optionalNumber('TO'),
          })
          .example('genctl diff', 'what the last switch changed')
          .example('genctl diff 12', 'what has changed since generation 12')
          .example('genctl diff 12 14', 'kernel, parameters, options, units and files of /etc'),
      command(async () => (await import('../commands/diff.ts')).diff),
    )
    .command(
      'status',
      'Show which generation is current, booted, active and default, and what is wrong',
      args =>
        args.example(
          'genctl status --json',
          'for monitoring; exit code 3 if something needs attention',
        ),
      command(async () => (await import('../commands/status.ts')).status),
    )
    .command(
      'why <generation>',
      'Say why a generation stays or goes, and what it takes',
      args =>
        oneGeneration(args).example('genctl why 12', 'by the rules in [gc], and by what uses it'),
      command(async () => (await import('../commands/why.ts')).why),
    )
    .command(
      'pin <generation>',
      'Keep a generation, whatever the rules say',
      args => oneGeneration(args).example('genctl pin 12', 'also in the menu, and from Nix'),
      command(async () => (await import('../commands/pin.ts')).pin, { changes: true }),
    )
    .command(
      'unpin <generation>',
      'Leave a generation to the rules again',
      args => oneGeneration(args).example('genctl unpin 12', 'the next gc may take it'),
      command(async () => (await import('../commands/pin.ts')).unpin, { changes: true }),
    )
    .command(
      'note <generation>',
      'Write down something about a generation',
      args =>
        // Every word that is no flag is part of the text, as it stands.
        oneGeneration(args)
          .usage('$0 note <generation> [text..]: one line; without it the note is taken away')
          .strict(false)
          .strictCommands(false)
          .strictOptions()
          .example('genctl note 12 before the new disk', '`list` and `why` show it')
          .example('genctl note 12 -- --quiet is new', 'words that look like flags'),
      argv => noteWords({ ...argv, text: argv._.slice(1).map(String) }),
    )
    .command(
      'gc',
      'Remove old generations: their entries, their links, their store paths',
      args =>
        args
          .option('profile', {
            type: 'string',
            requiresArg: true,
            describe: 'Generations of this profile only (with --delete: system)',
          })
          .option('keep', count('--keep', 'How many of the newest stay (default: `keep` in [gc])'))
          .option('older-than', {
            type: 'string',
            requiresArg: true,
            describe: 'What is younger stays as well: 12h, 30d, 4w (default: `olderThan` in [gc])',
          })
          .option(
            'keep-daily',
            count(
              '--keep-daily',
              'The last one of each of so many days stays (default: `keepDaily` in [gc])',
            ),
          )
          .option(
            'keep-weekly',
            count('--keep-weekly', 'The same by weeks (default: `keepWeekly` in [gc])'),
          )
          .option(
            'keep-monthly',
            count('--keep-monthly', 'The same by months (default: `keepMonthly` in [gc])'),
          )
          .option('delete', {
            type: 'string',
            requiresArg: true,
            describe: 'These generations go, and no others: 3 or 3,4',
            coerce: toNumbers,
          })
          .conflicts('delete', ['keep', 'older-than', 'keep-daily', 'keep-weekly', 'keep-monthly'])
          .option('max-freed', {
            type: 'string',
            requiresArg: true,
            describe: 'Ends once so much is freed in the store: 500M, 2G',
          })
          .example('genctl gc --dry-run', 'what would stay, what would go, and why')
          .example('genctl gc --dry-run --delete 7', 'what would it free?')
          .example('genctl gc --keep 5 --older-than 30d', 'go: beyond five and older than that'),
      command(async () => (await import('../commands/gc.ts')).gc, {
        changes: true,
        writesStore: argv => !argv.dryRun,
      }),
    );
};

/** A number that may be left out. */
function optionalNumber(what: string): (value: unknown) => number | undefined {
  return value => (value === undefined ? undefined : toNumber(what, value));
}

/** `3` or `3,4` */
function toNumbers(value: string | undefined): number[] | undefined {
  return value
    ?.split(',')
    .map(part => toNumber('--delete', /^[0-9]+$/.test(part) ? Number(part) : undefined));
}
