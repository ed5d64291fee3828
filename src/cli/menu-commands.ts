import type { CommandTable } from './command-factory.ts';

/** The boot partitions: menu and loader. */
export const menuCommands: CommandTable = (argv, command) =>
  argv
    .command('menu', 'Show, write, check or mend the boot menu', args =>
      args
        .command(
          'show',
          'Show the boot menu as its loader will',
          inner => inner.example('genctl menu show', 'the default is marked with a star'),
          command(async () => (await import('../commands/menu-show.ts')).menuShow),
        )
        .command(
          'sync',
          'Make the menu say what the profiles say',
          inner => inner.example('genctl menu sync --dry-run', 'show what differs'),
          command(async () => (await import('../commands/menu-sync.ts')).menuSync, {
            changes: true,
          }),
        )
        .command(
          'verify',
          'Read every file of ours on the boot partitions back, and compare',
          inner => inner.example('genctl menu verify', 'exit code 3 where something is wrong'),
          command(async () => (await import('../commands/menu-verify.ts')).menuVerify),
        )
        .command(
          'repair',
          'Write what is damaged or missing anew, from the store',
          inner => inner.example('genctl menu repair --dry-run', 'show what is damaged'),
          command(async () => (await import('../commands/menu-repair.ts')).menuRepair, {
            changes: true,
          }),
        )
        .command(
          'adopt',
          'Take over entries that NixOS, or a genctl before this one, has written',
          inner => inner.example('genctl menu adopt --dry-run', 'show what would become ours'),
          command(async () => (await import('../commands/menu-adopt.ts')).menuAdopt, {
            changes: true,
          }),
        )
        .command(
          'probe',
          'Look for other systems on all disks with os-prober, for GRUB’s menu',
          inner => inner.example('genctl menu probe', 'then `genctl menu sync` shows them'),
          command(async () => (await import('../commands/menu-probe.ts')).menuProbe),
        )
        .demandCommand(1, 'Say which: genctl menu show | sync | verify | repair | adopt | probe'),
    )
    .command('loader', 'Install, update or show systemd-boot and GRUB', args =>
      args
        .command(
          'install',
          'Put the declared boot loaders in place: systemd-boot, GRUB, or both',
          inner =>
            inner.example(
              'genctl loader install',
              'systemd-boot needs it once, before the first switch',
            ),
          command(async () => (await import('../commands/loader-install.ts')).loaderInstall, {
            changes: true,
          }),
        )
        .command(
          'update',
          'Exchange installed systemd-boot or GRUB by the one at hand',
          inner => inner.example('genctl loader update', 'after its package was upgraded'),
          command(async () => (await import('../commands/loader-install.ts')).loaderUpdate, {
            changes: true,
          }),
        )
        .command(
          'status',
          'Show what is installed of systemd-boot and GRUB',
          inner => inner.example('genctl loader status', 'also what the firmware says'),
          command(async () => (await import('../commands/loader-status.ts')).loaderStatus),
        )
        .demandCommand(1, 'Say which: genctl loader install | update | status'),
    );
