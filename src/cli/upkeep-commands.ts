import type { CommandTable } from './command-factory.ts';

/** The store, and what is done when something has gone wrong. */
export const upkeepCommands: CommandTable = (argv, command) =>
  argv
    .command('store', 'Check the store, mend it, make it smaller', args =>
      args
        .command(
          'verify',
          'Read everything in the store, and compare',
          inner =>
            inner
              .option('repair', {
                type: 'boolean',
                default: false,
                describe: 'Mend what can be mended',
              })
              .example('genctl store verify --repair', 'what cannot be mended is named'),
          command(async () => (await import('../commands/store-verify.ts')).storeVerify, {
            changes: true,
            writesStore: argv => argv.repair && !argv.dryRun,
          }),
        )
        .command(
          'optimise',
          'Let equal files of the store share their space',
          inner => inner.example('genctl store optimise', 'says how much is saved'),
          command(async () => (await import('../commands/store-optimise.ts')).storeOptimise, {
            changes: true,
            writesStore: argv => !argv.dryRun,
          }),
        )
        .demandCommand(1, 'Say which: genctl store verify | optimise'),
    )
    .command(
      'doctor',
      'Look at everything that booting depends on, and say what is wrong',
      args => args.example('genctl doctor', 'exit code 3 where something needs attention'),
      command(async () => (await import('../commands/doctor.ts')).doctor),
    )
    .command(
      'recover',
      'Finish or take back a change that was interrupted',
      args =>
        args
          .option('quiet', {
            type: 'boolean',
            default: false,
            describe: 'Where nothing was interrupted, say nothing',
          })
          .example('genctl recover', 'does nothing where nothing was interrupted'),
      command(async () => (await import('../commands/recover.ts')).recover, { changes: true }),
    );
