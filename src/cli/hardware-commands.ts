import type { Argv } from 'yargs';
import type { CommonFlags } from '../commands/context.ts';
import type { CommandTable } from './command-factory.ts';

/** What this machine is made of, and the module that says so. */
export const hardwareCommands: CommandTable = (argv, command) =>
  argv.command('hardware', 'Probe the machine, explain it, write its module', args =>
    args
      .command(
        'show',
        'Show what the machine is, how it boots, and what its module would say',
        inner =>
          choices(source(inner))
            .option('format', {
              choices: ['text', 'json', 'nix', 'conf'] as const,
              requiresArg: true,
              describe: 'For people (text), for scripts, or the module for NixOS or genctl',
            })
            .example('genctl hardware show', 'each disk from its mount down to the bus')
            .example('genctl hardware show --from laptop.tar.gz --format nix', 'another machine'),
        command(async () => (await import('../commands/hardware-show.ts')).hardwareShow),
      )
      .command(
        'write',
        'Write the module; what was changed by hand is left, and the new one put beside it',
        inner =>
          choices(source(inner))
            .option('format', {
              choices: ['nix', 'conf'] as const,
              requiresArg: true,
              describe: 'For NixOS or for genctl (default: by the file’s name, or conf)',
            })
            .option('file', file('Where to, as seen from the root'))
            .example('genctl hardware write --dry-run', 'show what would change')
            .example('genctl hardware write --format nix', '/etc/nixos/hardware-configuration.nix')
            .example('genctl --root /mnt hardware write', 'for an installation below /mnt'),
        command(async () => (await import('../commands/hardware-write.ts')).hardwareWrite),
      )
      .command(
        'check',
        'Say what has changed since the module was written, and what of it matters for booting',
        inner =>
          source(inner)
            .option('file', file('The module, as seen from the root'))
            .example('genctl hardware check', 'exit code 3 where something that boots has changed'),
        command(async () => (await import('../commands/hardware-check.ts')).hardwareCheck),
      )
      .command(
        'capture <file>',
        'Put what the probes read into one file, for a report or another machine',
        inner =>
          inner
            .positional('file', {
              type: 'string',
              demandOption: true,
              describe: 'A tar file; compressed where its name ends in .gz',
            })
            .option('with-ids', {
              type: 'boolean',
              default: false,
              describe: 'Also serial numbers, hardware addresses and host names',
            })
            .example('genctl hardware capture laptop.tar.gz', 'serial numbers are left out'),
        command(async () => (await import('../commands/hardware-capture.ts')).hardwareCapture),
      )
      .demandCommand(1, 'Say which: genctl hardware show | write | check | capture'),
  );

/** Which machine, and which kernel. */
function source(argv: Argv<CommonFlags>) {
  return argv
    .option('from', {
      type: 'string',
      requiresArg: true,
      describe: 'A capture, `udevadm info --export-db` or a facter.json; - for standard input',
    })
    .option('kernel', {
      type: 'string',
      requiresArg: true,
      describe: 'Modules of the kernel that shall boot (default: the declared or the running one)',
    });
}

/** How the module shall be. */
function choices<T extends CommonFlags>(argv: Argv<T>) {
  return argv
    .option('device-by', {
      choices: ['uuid', 'partuuid', 'label', 'id', 'path'] as const,
      default: 'uuid' as const,
      requiresArg: true,
      describe: 'What names the devices of file systems',
    })
    .option('no-filesystems', {
      type: 'boolean',
      default: false,
      describe:
        'Leave out file systems, swap and LUKS: something else declares them, as disko does',
    });
}

function file(describe: string) {
  return { type: 'string', requiresArg: true, describe } as const;
}
