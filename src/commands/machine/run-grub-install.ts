import { moduleFolder } from '../../boot/grub/installation/read-packages.ts';
import { type Finding, GenctlError } from '../../errors.ts';
import { Root } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import { printableLine } from '../../printable.ts';
import type { GrubInstallRun, RunGrubInstall } from '../../transaction/step.ts';

/** A run that failed, with what `grub-install` said of it. */
interface FailedRun {
  device: string;
  said: readonly string[];
}

/**
 * Runs `grub-install` for each disk and kind of firmware, and lets each disk start what it has made
 * once that is durable. One that fails does not keep the others from being done: of two disks one
 * may be gone.
 *
 * @param makeDurable makes what was written to the boot partition durable
 * @returns what works and still needs attention
 * @throws GenctlError GRUB_INSTALL_FAILED (names each that failed), PROGRAM_MISSING
 */
export async function runGrubInstall(
  { runs }: Pick<RunGrubInstall, 'runs'>,
  makeDurable: () => Promise<void>,
): Promise<Finding[]> {
  const failed: FailedRun[] = [];
  const findings: Finding[] = [];
  for (const each of runs) {
    const { exitCode, said } = await runOnce(each, makeDurable);
    if (exitCode !== 0) failed.push({ device: each.device, said });
    else findings.push(...attentionIn(said, each));
  }
  if (failed.length > 0) throw installFailed(failed, runs.length);
  return findings;
}

interface Ended {
  exitCode: number;
  said: readonly string[];
}

async function runOnce(
  { args, setup }: GrubInstallRun,
  makeDurable: () => Promise<void>,
): Promise<Ended> {
  const installed = await runProgram('grub-install', args);
  if (installed.exitCode !== 0 || setup === undefined) return installed;
  await makeDurable();
  const { exitCode, said } = await runProgram(biosSetupProgram(), setup);
  return { exitCode, said: [...installed.said, ...said] };
}

/** Exit codes by which they say that they failed: their own, and that of their option parser. */
const refusals = [1, 64];

async function runProgram(program: string, args: readonly string[]): Promise<Ended> {
  try {
    const { exitCode, stderr } = await run(program, args, {
      shielded: true,
      accept: [0, ...refusals],
      // Whether GRUB may ask a passphrase is the declaration's to say, and has been judged by it.
      env: { GRUB_ENABLE_CRYPTODISK: 'y' },
    });
    return { exitCode, said: messagesOf(stderr) };
  } catch (thrown) {
    if (!(thrown instanceof GenctlError) || thrown.code !== 'PROGRAM_FAILED') throw thrown;
    return { exitCode: 1, said: [thrown.message] };
  }
}

/** Debian has it beside the modules, where no PATH leads. */
function biosSetupProgram(): string {
  const besideModules = `${moduleFolder}/i386-pc/grub-bios-setup`;
  using host = new Root('/');
  return host.stat(besideModules)?.kind === 'file' ? besideModules : 'grub-bios-setup';
}

/** Its warnings and errors, without what it says of its progress. */
function messagesOf(stderr: string): string[] {
  return stderr
    .split('\n')
    .map(line => line.replace(/^\S*grub-(?:install|bios-setup): /, '').trim())
    .filter(line => line !== '' && !/^Install(?:ing for|ation finished)/.test(line));
}

function attentionIn(said: readonly string[], { device }: GrubInstallRun): Finding[] {
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

/** How many of its last lines are shown of each run. */
const shownLines = 3;

function installFailed(failed: readonly FailedRun[], runCount: number): GenctlError {
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
