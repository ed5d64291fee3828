import { generation, profile } from './arguments.ts';
import type { CommandTable, Traits } from './command-factory.ts';

/** Verbs that take a generation, or else build the declared one, be it for a dry run. */
const generationVerb: Traits<{ generation: number | undefined }> = {
  changes: true,
  writesStore: argv => argv.generation === undefined,
};

/** From a declaration to what boots and runs. */
export const machineCommands: CommandTable = (argv, command) =>
  argv
    .command(
      'init',
      'Write a starter declaration for this machine',
      args =>
        args
          .option('with-units', {
            type: 'boolean',
            default: false,
            describe: 'Also systemd units for gc, and hooks that make generations of new kernels',
          })
          .option('remove-units', {
            type: 'boolean',
            default: false,
            describe: 'Take those units and hooks away again, and do nothing else',
          })
          .example('genctl init --dry-run', 'show what would be written'),
      command(async () => (await import('../commands/init.ts')).init),
    )
    .command(
      'build',
      'Build the declared system and print its store path',
      args => args.example('genctl build', 'nothing of the machine changes'),
      command(async () => (await import('../commands/build.ts')).build, {
        writesStore: () => true,
      }),
    )
    .command(
      'switch [generation]',
      'Build, or take a generation: the default of the menu, and active now',
      args =>
        generation(args)
          .example('genctl switch', 'build what is declared and switch to it')
          .example('genctl switch 12', 'switch to generation 12')
          .example('genctl switch --dry-run', 'show every write it would make'),
      command(async () => (await import('../commands/switch.ts')).switchTo, generationVerb),
    )
    .command(
      'boot [generation]',
      'Build, or take a generation: the default of the menu, active from the next boot on',
      args => generation(args).example('genctl boot 12', 'boot generation 12 next time'),
      command(async () => (await import('../commands/boot.ts')).boot, generationVerb),
    )
    .command(
      'test [generation]',
      'Build, or take a generation: active now, until the next boot',
      args => generation(args).example('genctl test', 'try /etc without touching the menu'),
      command(async () => (await import('../commands/test.ts')).test, generationVerb),
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
      command(async () => (await import('../commands/rollback.ts')).rollback, { changes: true }),
    );
