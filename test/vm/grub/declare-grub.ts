// The declarations of a machine that boots through GRUB, and what it needs to carry them out itself.
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Declaration, declareIn } from '../declaration.ts';
import { guestFile, layGenctl, layGrub, layHook, place } from '../guest-programs.ts';
import type { FirmwareKind } from '../machine.ts';
import { bundleGenctl, type SandboxMachine } from '../sandbox-machine.ts';

/**
 * Where tests see GRUB: it drives the serial port itself under a BIOS. UEFI firmware does that for
 * its own console, and would take half of the keys away.
 */
const terminals: Readonly<Record<FirmwareKind, readonly string[]>> = {
  bios: ['serial = --unit=0 --speed=115200', 'terminalInput = serial', 'terminalOutput = serial'],
  uefi: ['terminalInput = console', 'terminalOutput = console'],
};

/** The text of `[boot.loader.grub]` with these lines, and further sections behind. */
export function grubSections(
  firmware: FirmwareKind,
  lines: readonly string[] = [],
  more = '',
): string {
  return `${['[boot.loader.grub]', ...terminals[firmware], ...lines].join('\n')}\n${more}`;
}

/** What a machine does to its disks in its first boot, which needs no loader. */
export interface Installation {
  /** Lines for its shell before all; they end at the first one that fails. */
  readonly atFirst?: readonly string[];
  /** A switch for each, in this order. */
  readonly declarations: readonly Declaration[];
  /** The same after them. */
  readonly atLast?: readonly string[];
  /** Laid into `/boot-parts/later`, for the next hook. */
  readonly later?: Declaration;
  /** A script of `guest/` that each boot from then on runs. */
  readonly nextHook?: string;
}

/** Lays genctl, GRUB and the declarations into the root; `bootLive` then does the installation. */
export async function layInstallation(
  { root }: SandboxMachine,
  { atFirst, declarations, atLast, later, nextHook }: Installation,
): Promise<void> {
  await bundleGenctl();
  await layGenctl(root);
  await layGrub(root, ['i386-pc', 'x86_64-efi']);
  for (const [index, declaration] of declarations.entries()) {
    await declareIn(join(root, `boot-parts/declared-${index + 1}`), declaration);
  }
  await cp(join(root, 'boot-parts/declared-1'), join(root, 'etc/genctl'), { recursive: true });
  if (later !== undefined) await declareIn(join(root, 'boot-parts/later'), later);
  if (atFirst !== undefined) await writeFile(join(root, 'at-first'), `${atFirst.join('\n')}\n`);
  if (atLast !== undefined) await writeFile(join(root, 'at-last'), `${atLast.join('\n')}\n`);
  await layHook(root, 'grub/install-hook.sh');
  if (nextHook !== undefined) await place(root, guestFile(nextHook), '/next-hook', 0o755);
}
