import type { Folder } from '../../../host/folder.ts';
import type { BootLayout } from '../../layout.ts';
import { openBelow } from '../../read-boot-partition.ts';
import { loaderVersion } from '../../systemd-boot/loader-binary.ts';
import { type EspUse, programName, removableFolder } from './esp-use.ts';
import type { EfiPlatform } from './grub-platform.ts';
import type { SignedGrub } from './read-packages.ts';

/** Whose a folder of an ESP is, by the boot loader in it. */
export type EspOwner = 'nobody' | 'ours' | 'systemd-boot' | 'other';

/** What is on an ESP, of what GRUB's installation touches. */
export interface EspContents {
  /** Whose the folder is that GRUB shall go to. */
  owner: EspOwner;
  /** What the files in it take that an installation writes over. */
  replacedBytes: number;
  /** Files in the folder that firmware starts without a boot entry which are ours. */
  removable: readonly string[];
  /** What is in the folders that are recorded as ours. */
  recorded: readonly EspFolder[];
}

/** A folder of an ESP that an installation was made in. */
export interface EspFolder {
  path: string;
  /** What is there of what an installation puts there. */
  files: readonly string[];
  /** Whether there is anything else, or will be: blobs are below one of them. */
  hasOthers: boolean;
}

/** Of an ESP that nothing will be done to. */
export const noContents: EspContents = {
  owner: 'nobody',
  replacedBytes: 0,
  removable: [],
  recorded: [],
};

/** A GRUB with its modules in its image is 2 MB large, a signed one 4 MB. */
const maxProgramBytes = 16 << 20;

/**
 * Reads whose the places of an ESP are. A core image, or the `grub.cfg` beside a signed one, names
 * the folder of its installation, which holds our owner's digits: so what is ours tells so itself.
 *
 * @param use undefined where GRUB shall not be on that ESP any more
 * @param recorded folders that earlier installations were made in
 */
export function readEspContents(
  esp: Folder,
  use: EspUse | undefined,
  layout: BootLayout,
  recorded: readonly string[] = [],
): EspContents {
  return {
    owner: use === undefined ? 'nobody' : readOwner(esp, use, layout),
    replacedBytes: use === undefined ? 0 : readReplacedBytes(esp, use.folder),
    removable: readOurs(esp, removableFolder, layout).map(name => `${removableFolder}/${name}`),
    recorded: recorded.map(path => readRecorded(esp, path, layout)),
  };
}

/** Whether GRUB's program is where an installation has put it: one look, no reading. */
export function isOnEsp(esp: Folder, use: EspUse): boolean {
  using folder = openBelow(esp, use.folder);
  const wanted = programName(use).toLowerCase();
  return folder?.names().some(name => name.toLowerCase() === wanted) === true;
}

/**
 * The menu that a signed GRUB would start in place of ours: the one in the folder that is part of
 * its image.
 *
 * @returns its path below the top of the ESP; undefined where there is none
 */
export function readForeignMenu(
  esp: Folder,
  platform: EfiPlatform,
  { prefix }: SignedGrub,
  layout: BootLayout,
): string | undefined {
  for (const path of [`${prefix}/${platform}`, prefix]) {
    using folder = openBelow(esp, path);
    const text = folder?.readTextIfThere('grub.cfg');
    if (text !== undefined && !text.includes(marker(layout))) return `${path}/grub.cfg`;
  }
  return undefined;
}

/** What a core image of ours and its `grub.cfg` hold, and no other does. */
function marker({ grub }: BootLayout): string {
  return `${grub.folder}/grub-`;
}

function readOwner(esp: Folder, use: EspUse, layout: BootLayout): EspOwner {
  using folder = openBelow(esp, use.folder);
  const names = (folder?.names() ?? []).filter(name => !isOfBlobs(use.folder, name, layout));
  if (folder === undefined || names.length === 0) return 'nobody';
  if (readOurs(esp, use.folder, layout).length > 0) return 'ours';
  if (!use.isRemovable) return 'other';
  const wanted = programName(use).toLowerCase();
  const program = names.find(name => name.toLowerCase() === wanted);
  if (program === undefined) return 'nobody';
  const content = folder.readFile(program, maxProgramBytes);
  return loaderVersion(content) === undefined ? 'other' : 'systemd-boot';
}

function readRecorded(esp: Folder, path: string, layout: BootLayout): EspFolder {
  using folder = openBelow(esp, path);
  const names = folder?.names() ?? [];
  const files = names.filter(name => installed.test(name)).map(name => `${path}/${name}`);
  return { path, files, hasOthers: isAboveBlobs(path, layout) || files.length < names.length };
}

/** Installations of genctl keep their kernels below `EFI/genctl`, each in a folder of its own. */
function isOfBlobs(folder: string, name: string, layout: BootLayout): boolean {
  return isAboveBlobs(folder, layout) && /^[0-9a-f]{8}$/i.test(name);
}

/** FAT folds case. */
function isAboveBlobs(folder: string, { blobFolder }: BootLayout): boolean {
  return blobFolder.toLowerCase().startsWith(`${folder.toLowerCase()}/`);
}

function readReplacedBytes(esp: Folder, path: string): number {
  using folder = openBelow(esp, path);
  return (folder?.names() ?? [])
    .filter(name => installed.test(name))
    .reduce((total, name) => total + (folder?.stat(name)?.sizeBytes ?? 0), 0);
}

/** Beside a `grub.cfg` of ours all that grub-install puts there is ours as well. */
const installed = /^(?:boot|grub|shim|mm|fb)(?:x64|ia32|aa64)\.(?:efi|csv)$|^grub\.cfg$/i;

function readOurs(esp: Folder, path: string, layout: BootLayout): string[] {
  using folder = openBelow(esp, path);
  if (folder === undefined) return [];
  const names = folder.names().filter(name => installed.test(name));
  const isOurs = (name: string): boolean =>
    folder.stat(name)?.kind === 'file' &&
    folder.readFile(name, maxProgramBytes).includes(marker(layout));
  const config = names.find(name => name.toLowerCase() === 'grub.cfg');
  if (config !== undefined && isOurs(config)) return names;
  return names.filter(isOurs);
}
