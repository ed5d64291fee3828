import { describeBlocks, plainText } from './describe-block.ts';
import type { Omission } from './hardware-module.ts';
import { luksBelow } from './luks.ts';
import type { Machine } from './machine.ts';
import type { PlannedMount } from './planned-mount.ts';

/**
 * What a boot loader needs that has to open a LUKS device to read the kernels; which loader it is
 * is not a matter of hardware. Pure.
 */
export function encryptedBoot(
  mounts: readonly PlannedMount[],
  machine: Machine,
): readonly Omission[] {
  const at = (place: string): PlannedMount | undefined =>
    mounts.find(({ seen }) => seen.place === place);
  // Loaders that read an EFI system partition alone have the kernels in it.
  const holdsKernels = at('/boot') ?? (at('/efi') === undefined ? at('/') : undefined);
  if (holdsKernels === undefined) return [];
  const luks = luksBelow(holdsKernels.holders, machine);
  if (luks.length === 0) return [];
  const place = plainText(holdsKernels.seen.place);
  return [
    {
      subject: 'boot.loader.grub.enableCryptodisk',
      reason: `${place} has the kernels and is on ${describeBlocks(luks, machine)}: GRUB opens it only with this option`,
    },
  ];
}
