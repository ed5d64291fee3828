import type { Argv } from 'yargs';
import type { Command, CommonFlags } from '../commands/context.ts';
import { generation, profile, wait } from './arguments.ts';
import type { CommandTable, Traits } from './command-factory.ts';

/** Verbs that take a generation, or else build the declared one, be it for a dry run. */
const generationVerb: Traits<{ generation: number | undefined }> = {
  changes: true,
  writesStore: argv => argv.generation === undefined,
};

/** What becomes of what is in the way. There is no default: the declaration has its own. */
function conflicts<Args>(argv: Argv<CommonFlags & Args>) {
  return argv.option('conflicts', {
    choices: ['refuse', 'backup'] as const,
    requiresArg: true,
    describe: 'What becomes of files in the way in /etc, where the declaration says refuse',
  });
}

/** The flag that `countingSeconds` is about. */
function confirm<Args>(argv: Argv<CommonFlags & Args>) {
  return argv.option(
    'confirm',
    wait(
      '--confirm',
      'Undo all of it, unless `genctl confirm` is run within this time, such as 2m',
    ),
  );
}

/** A verb with the flag `--confirm`, which arrives as seconds. */
function countingSeconds<Args>(
  verb: Command<Args & { confirmSeconds: number | undefined }>,
): Command<Args & { confirm: number | undefined }> {
  return (context, args) => verb(context, { ...args, confirmSeconds: args.confirm });
}

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
        confirm(conflicts(generation(args)))
          .example('genctl switch', 'build what is declared and switch to it')
          .example('genctl switch 12', 'switch to generation 12')
          .example('genctl switch --confirm 2m', 'goes back, unless `genctl confirm` says to stay')
          .example('genctl switch --dry-run', 'show every write it would make'),
      command(async () => countingSeconds((await import('../commands/switch.ts')).switchTo), {
        ...generationVerb,
        activates: () => true,
      }),
    )
    .command(
      'boot [generation]',
      'Build, or take a generation: the default of the menu, active from the next boot on',
      args =>
        generation(args)
          .option('once', {
            type: 'boolean',
            default: false,
            describe: 'Only at the next boot; then the default again',
          })
          .example('genctl boot 12', 'boot generation 12 from now on')
          .example('genctl boot 12 --once', 'try generation 12'),
      command(async () => (await import('../commands/boot.ts')).boot, generationVerb),
    )
    .command(
      'test [generation]',
      'Build, or take a generation: active now, until the next boot',
      args =>
        conflicts(generation(args)).example('genctl test', 'try /etc without touching the menu'),
      command(async () => (await import('../commands/test.ts')).test, {
        ...generationVerb,
        activates: () => true,
      }),
    )
    .command(
      'rollback',
      'Go back to the generation before the current',
      args =>
        confirm(conflicts(profile(args)))
          .option('boot', {
            type: 'boolean',
            default: false,
            describe: 'Only for the next boot; what runs goes on',
          })
          .example('genctl rollback', 'no declaration is needed for it'),
      command(async () => countingSeconds((await import('../commands/rollback.ts')).rollback), {
        changes: true,
        activates: argv => !argv.boot,
      }),
    )
    .command(
      'confirm',
      'Let a change stay that waits for it',
      args => args.example('genctl confirm', 'keep what `genctl switch --confirm 2m` has done'),
      command(async () => (await import('../commands/confirm.ts')).confirm),
    );
