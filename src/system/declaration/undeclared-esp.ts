import { isFatName } from '../../host/mounts.ts';
import { type MergedOptions, slotName } from './merge-definitions.ts';
import { optionTable } from './option-table.ts';

/** Where EFI system partitions are mounted by custom, in the order in which they are looked for. */
const customaryPlaces = ['/boot/efi', '/efi', '/boot'] as const;

/** Whether GRUB is the only loader: then no menu of systemd-boot needs an EFI system partition. */
export function isGrubAlone(merged: MergedOptions): boolean {
  const kinds = merged.get(slotName('boot.loader', 'kind', undefined))?.values ?? [];
  return kinds.length > 0 && kinds.every(kind => kind === 'grub');
}

/**
 * Where the EFI system partition is mounted where nobody says so. GRUB may have none: what
 * `[fileSystems]` knows decides, so that a machine with a BIOS has nothing to say about it.
 */
export function undeclaredEsps(merged: MergedOptions): readonly string[] {
  if (!isGrubAlone(merged)) return optionTable['boot.loader'].efiSysMountPoint.fallback;
  return customaryPlaces.filter(place => isFat(merged, place)).slice(0, 1);
}

function isFat(merged: MergedOptions, place: string): boolean {
  const [fsType] = merged.get(slotName('fileSystems', 'fsType', place))?.values ?? [];
  return typeof fsType === 'string' && isFatName(fsType);
}
