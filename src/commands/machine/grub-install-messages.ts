import { type Finding, GenctlError } from '../../errors.ts';
import { printableLine } from '../../printable.ts';
import type { GrubInstallRun } from '../../transaction/step.ts';

/** Warnings and errors of `grub-install`, without what it says of its progress. */
export function messagesOf(stderr: string): string[] {
  return stderr
    .split('\n')
    .map(line => line.replace(/^\S*grub-(?:install|bios-setup): /, '').trim())
    .filter(line => line !== '' && !/^Install(?:ing for|ation finished)/.test(line));
}

/** What needs attention though a run has worked. */
export function attentionIn(said: readonly string[], { device }: GrubInstallRun): Finding[] {
  return said.flatMap((line): Finding[] => {
    if (line.includes('EFI variables are not supported')) {
      return [
        {
          code: 'GRUB_NOT_REGISTERED',
          subject: device,
          reason: 'the firmware has got no boot entry for GRUB: its variables cannot be reached',
          hint: 'Choose EFI/…/grubx64.efi in the firmware’s setup; or set efiInstallAsRemovable = true in [boot.loader.grub].',
        },
      ];
    }
    if (line.includes('blocklists are UNRELIABLE')) {
      return [
        {
          code: 'GRUB_BLOCK_LISTS',
          subject: device,
          reason:
            'GRUB starts from a list of blocks there, and stops doing so when the file system moves them',
          hint: 'Make a BIOS boot partition (1 MB, type EF02) on that disk, and set forceInstall = false.',
        },
      ];
    }
    return [];
  });
}

/** A run that failed, with what `grub-install` said of it. */
export interface FailedRun {
  device: string;
  said: readonly string[];
}

/** How many of its last lines are shown of each run. */
const shownLines = 3;

/** GRUB_INSTALL_FAILED, with what helps where that is known. */
export function installFailed(failed: readonly FailedRun[], runCount: number): GenctlError {
  const reasons = failed.map(
    ({ device, said }) =>
      `\n  ${printableLine(device)}: ${said.slice(-shownLines).map(printableLine).join('; ')}`,
  );
  const others = failed.length < runCount ? ' (the others are done)' : '';
  const hints = new Set(failed.flatMap(({ said }) => hintFor(said.join('\n')) ?? []));
  return new GenctlError(
    'GRUB_INSTALL_FAILED',
    `grub-install failed for ${failed.map(({ device }) => printableLine(device)).join(', ')}${others}:${reasons.join('')}`,
    {
      hint:
        hints.size > 0
          ? [...hints].join(' ')
          : 'Mend what is named here, and run the command again before the next boot.',
    },
  );
}

/** What helps against failures that are known, by what is said of them. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /no BIOS Boot Partition|BIOS Boot Partition is too small/,
    'Make a BIOS boot partition of 1 MB on that disk: sgdisk --new=0:0:+1M --typecode=0:EF02 DISK',
  ],
  [
    /no post-MBR gap|embedding area is unusually small|won't fit in it/,
    'Let the first partition of that disk start at 1 MiB: GRUB needs the room before it.',
  ],
  [
    /embedding area, and there is not enough room/,
    'Another program uses the sectors behind the partition table: see which one the message names.',
  ],
  [
    /safety check can't be performed/,
    'There is neither a partition table nor a known file system: is it the right disk?',
  ],
  [
    // A partition is told by its name: of a whole disk that may end in a digit as well.
    /cannot find a GRUB drive for \S*(?:\dp\d+|\/[hsv]d[a-z]+\d+)\b/,
    'grub-install asks udev which disk that partition is on: is udev running here? (`udevadm info PARTITION`)',
  ],
  [
    /cannot find a GRUB drive for|attempt to read or write outside of disk/,
    'Is that disk there? `ls -l /dev/disk/by-id` shows those that are; declare one that is, or connect it.',
  ],
  [
    /doesn't look like an EFI partition/,
    'Set efiSysMountPoint in [boot.loader] to where the EFI system partition (FAT) is mounted.',
  ],
  [
    /cannot find a device for|unknown filesystem/,
    'GRUB needs a file system on a disk: not an overlay, a tmpfs, or a folder of a container.',
  ],
  [/Read-only file system/, 'Mount that file system read-write: mount -o remount,rw PLACE'],
  [
    /register the EFI boot entry/,
    'The firmware has refused a boot entry. Delete old ones with efibootmgr, or set canTouchEfiVariables = false in [boot.loader.efi], or efiInstallAsRemovable = true in [boot.loader.grub].',
  ],
  [/No space left on device/, 'Make room there; `genctl gc` removes old generations.'],
  [
    /modinfo\.sh doesn't exist/,
    'Install GRUB for that platform: apt-get install grub-pc-bin (BIOS) or grub-efi-amd64-bin (UEFI)',
  ],
  [
    /encrypted disk without cryptodisk/,
    'Remove GRUB_ENABLE_CRYPTODISK from /etc/default/grub: it forbids what the declaration allows.',
  ],
];

function hintFor(said: string): string | undefined {
  return remedies.find(([pattern]) => pattern.test(said))?.[1];
}
