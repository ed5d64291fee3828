import type { Argv } from 'yargs';
import type { Command, CommonFlags } from '../commands/context.ts';
import { bytes, generation, profile, wait } from './arguments.ts';
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
          .option('from-debian', {
            type: 'boolean',
            default: false,
            describe:
              'Declare the Debian that is installed: its packages, and what you changed in /etc',
          })
          .example('genctl init --dry-run', 'show what would be written')
          .example('genctl init --from-debian', 'and say what cannot be declared'),
      command(async () => (await import('../commands/init.ts')).init),
    )
    .command(
      'build',
      'Build the declared system and print its store path',
      args =>
        args
          .option('check', {
            type: 'boolean',
            default: false,
            describe: 'Build once more from nothing, and fail where another path comes of it',
          })
          .example('genctl build', 'nothing of the machine changes')
          .example('genctl build --check', 'what earlier builds left makes no difference'),
      command(async () => (await import('../commands/build.ts')).build, {
        writesStore: () => true,
      }),
    )
    .command(
      'lock',
      'Find the packages of Debian that are declared, and lock their versions',
      args =>
        args
          .option('update', {
            type: 'array',
            string: true,
            describe: 'The newest version of these packages, or of all where none is named',
          })
          .example('genctl lock', 'for what was added to the declaration; the others stay')
          .example('genctl lock --update', 'the newest of everything')
          .example('genctl lock --update htop nano', 'of these, and of what they need'),
      command(async () => (await import('../commands/lock.ts')).lock),
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
      'install',
      'Build the declared system onto prepared partitions, bootable',
      args =>
        args
          .example('genctl --root /mnt init', 'first write what is to be installed, and edit it')
          .example('genctl --root /mnt install', 'with the partitions mounted below /mnt'),
      command(async () => (await import('../commands/install.ts')).install, {
        changes: true,
        writesStore: () => true,
      }),
    )
    .command(
      'image <file>',
      'Make a bootable disk image of the declared system',
      args =>
        args
          .positional('file', {
            type: 'string',
            demandOption: true,
            describe: 'The file to make; one that is there is never written over',
          })
          .option('size', bytes('--size', 'Of the whole disk, such as 4G'))
          .example('genctl image --size 4G atlas.img', 'from the declaration in /etc/genctl')
          .example('genctl --config /srv/atlas image --size 4G atlas.img', 'from another one'),
      command(async () => (await import('../commands/image.ts')).image),
    )
    .command(
      'confirm',
      'Let a change stay that waits for it',
      args => args.example('genctl confirm', 'keep what `genctl switch --confirm 2m` has done'),
      command(async () => (await import('../commands/confirm.ts')).confirm),
    );
