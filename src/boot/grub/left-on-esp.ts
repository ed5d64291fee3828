import type { Folder } from '../../host/folder.ts';
import { type LoadOption, optionsInto } from '../../host/load-option.ts';
import { readLoadOptions } from '../../host/load-options.ts';
import { partitionUuidOf } from '../../host/partition-entry.ts';
import type { Root } from '../../host/root.ts';
import type { BootLayout } from '../layout.ts';
import type { InstalledGrub } from '../ledger.ts';
import { type EspContents, readEspContents } from './installation/esp-contents.ts';

/** What of a GRUB that is given up is on an ESP and in the firmware's menu, beside its own folders. */
export interface LeftOnEsp {
  /** Where the ESP is mounted. */
  mountPoint: string;
  contents: EspContents;
  /** Of what firmware starts without an entry, what another loader takes the place of. */
  replaced: readonly string[];
  entries: readonly LoadOption[];
}

/**
 * Looks for it. It reads programs as a whole, so it is for the run that removes them.
 *
 * @param isFollowed whether systemd-boot is a loader of that ESP
 */
export function readLeftOnEsp(
  root: Root,
  esp: Folder,
  { mountPoint, folders }: NonNullable<InstalledGrub['esp']>,
  layout: BootLayout,
  isFollowed: boolean,
): LeftOnEsp {
  const contents = readEspContents(esp, undefined, layout, folders);
  return {
    mountPoint,
    contents,
    replaced: isFollowed ? contents.removable.filter(path => startedAlone.test(path)) : [],
    entries: firmwareEntriesInto(root, esp, folders),
  };
}

/** `EFI/BOOT/BOOTX64.EFI`, and what it is called on other machines. */
const startedAlone = /^EFI\/BOOT\/BOOT[^/]*\.EFI$/i;

/** The firmware's entries that lead into one of some folders of an ESP. */
export function firmwareEntriesInto(
  root: Root,
  esp: Folder,
  folders: readonly string[],
): LoadOption[] {
  const partitionUuid = root.isLive && folders.length > 0 ? partitionUuidOf(esp) : undefined;
  if (partitionUuid === undefined) return [];
  const options = readLoadOptions(root);
  return folders.flatMap(folder => optionsInto(options, { partitionUuid, folder }));
}
