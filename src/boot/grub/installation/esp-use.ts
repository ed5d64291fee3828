import { type EfiPlatform, machineTypes } from './grub-platform.ts';

/** What GRUB uses an ESP for. */
export interface EspUse {
  platform: EfiPlatform;
  /** Below the top of the ESP: `EFI/genctl`, or `EFI/BOOT`. */
  folder: string;
  isRemovable: boolean;
  /** Whether it is the distribution's signed program, behind its shim. */
  isSigned: boolean;
}

/** Where firmware looks without a boot entry. */
export const removableFolder = 'EFI/BOOT';

/** What firmware starts, below the top of the ESP. */
export function programPath(use: EspUse): string {
  return `${use.folder}/${programName(use)}`;
}

/** The same without its folder. */
export function programName({ isRemovable, isSigned, platform }: EspUse): string {
  const type = machineTypes[platform];
  if (isRemovable) return `BOOT${type.toUpperCase()}.EFI`;
  return `${isSigned ? 'shim' : 'grub'}${type}.efi`;
}
