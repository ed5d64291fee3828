import type { Finding } from '../../../errors.ts';
import type { Configuration } from '../../../system/declaration/declaration.ts';
import { declaredPlaces } from '../boot-places.ts';

/**
 * What the firmware of a machine that is installed from another one does not know: it is not at
 * hand, so nobody could lead it to GRUB. A BIOS needs no telling; nor where GRUB is, or systemd-boot,
 * at the path that firmware tries by itself. Pure.
 */
export function firmwareFindings(configuration: Configuration): Finding[] {
  const { efiInstallAsRemovable, efiBootloaderId } = configuration.boot.loader.grub;
  const loaders = declaredPlaces(configuration)[0]?.loaders ?? [];
  const isUefiAlone = loaders.every(
    place =>
      place.loader === 'grub' &&
      place.esp !== undefined &&
      place.devices.every(device => device === 'nodev'),
  );
  if (!isUefiAlone || efiInstallAsRemovable) return [];
  return [
    {
      code: 'GRUB_NOT_REGISTERED',
      subject: 'firmware',
      reason: 'it has got no boot entry for GRUB, and may find nothing to start',
      hint: `Set efiInstallAsRemovable = true in [boot.loader.grub], and install again; or choose EFI/${efiBootloaderId} in its setup.`,
    },
  ];
}
