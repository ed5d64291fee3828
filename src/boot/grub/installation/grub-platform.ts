import type { Firmware } from '../../../host/efi-variables.ts';

/** What GRUB calls a kind of firmware on a kind of processor. */
export const grubPlatforms = ['i386-pc', 'x86_64-efi', 'i386-efi', 'arm64-efi'] as const;

export type GrubPlatform = (typeof grubPlatforms)[number];

/** Those that UEFI starts. */
export type EfiPlatform = Exclude<GrubPlatform, 'i386-pc'>;

/** UEFI's names of machine types, which end the names of programs on an ESP. */
export const machineTypes: Readonly<Record<EfiPlatform, string>> = {
  'x86_64-efi': 'x64',
  'i386-efi': 'ia32',
  'arm64-efi': 'aa64',
};

/** Debian's packages of GRUB's modules; these can be installed side by side. */
export const modulePackages: Readonly<Record<GrubPlatform, string>> = {
  'i386-pc': 'grub-pc-bin',
  'x86_64-efi': 'grub-efi-amd64-bin',
  'i386-efi': 'grub-efi-ia32-bin',
  'arm64-efi': 'grub-efi-arm64-bin',
};

/** Debian's packages of GRUB as Debian has signed it. */
export const signedPackages: Readonly<Record<EfiPlatform, string>> = {
  'x86_64-efi': 'grub-efi-amd64-signed',
  'i386-efi': 'grub-efi-ia32-signed',
  'arm64-efi': 'grub-efi-arm64-signed',
};

/**
 * The GRUB that a machine's UEFI starts: where the firmware is at hand, its bitness decides.
 *
 * @param platform as Nix calls it, `x86_64-linux`
 * @returns undefined for processors that GRUB is not installed on here
 */
export function efiPlatformOf(
  platform: string,
  firmware: Firmware | undefined,
): EfiPlatform | undefined {
  if (platform === 'aarch64-linux') return 'arm64-efi';
  if (!isX86(platform)) return undefined;
  const bits = firmware?.wordBits ?? (platform === 'i686-linux' ? 32 : 64);
  return bits === 32 ? 'i386-efi' : 'x86_64-efi';
}

/** Whether a processor is one that machines with a BIOS have. */
export function isX86(platform: string): boolean {
  return platform === 'x86_64-linux' || platform === 'i686-linux';
}
