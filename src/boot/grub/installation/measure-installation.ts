import type { Root } from '../../../host/root.ts';
import { type GrubPlatform, machineTypes } from './grub-platform.ts';
import { fontPath, moduleFolder } from './read-packages.ts';
import type { WantedInstallation } from './wanted-installation.ts';

/** What takes room on a file system; a folder counts as a file without content. */
export interface FilesOnDisk {
  sizeBytes: number;
  fileCount: number;
}

/** What an installation takes that is in place. */
export const noFiles: FilesOnDisk = { sizeBytes: 0, fileCount: 0 };

/**
 * More than the modules take that `grub-install` puts into a core image: with cryptodisk and all
 * ciphers, LVM, mdraid, ZFS and btrfs together they are 0.8 MB of GRUB 2.06.
 */
const mostCoreModuleBytes = 1 << 20;

/** The environment block that grub-install makes and nobody reads, `fonts`, `locale`, `grub`. */
const always: FilesOnDisk = { sizeBytes: 1024, fileCount: 4 };

/**
 * What an installation takes, on the boot partition and on the ESP: never less than it will. It
 * looks at each module, so it is for installations that will be made.
 *
 * @param root where the programs are that will be run
 */
export function measureInstallation(
  root: Root,
  { platforms, hasFont, esp }: WantedInstallation,
): { boot: FilesOnDisk; esp: FilesOnDisk } {
  const modules = platforms.map(platform => measureModules(root, platform));
  const font = hasFont ? [fileAt(root, fontPath)] : [];
  return {
    boot: sum([always, ...modules, ...font]),
    esp: esp === undefined ? noFiles : measureEsp(root, esp),
  };
}

/** Whether `grub-install` copies a file of a platform's modules. */
export function isCopied(name: string): boolean {
  return /\.(?:mod|lst|o)$/.test(name) || name === 'modinfo.sh' || name === 'boot.img';
}

function measureModules(root: Root, platform: GrubPlatform): FilesOnDisk {
  using folder = root.folder(`${moduleFolder}/${platform}`);
  const copied = folder.names().filter(isCopied);
  const sizes = copied.map(name => folder.stat(name)?.sizeBytes ?? 0);
  // A BIOS has `core.img`; UEFI `core.efi` and the same as `grub.efi`.
  const coreCount = platform === 'i386-pc' ? 1 : 2;
  return {
    sizeBytes: sizes.reduce((total, size) => total + size, coreCount * coreBytes(root, platform)),
    fileCount: copied.length + coreCount + 1,
  };
}

function measureEsp(
  root: Root,
  { platform, isSigned }: NonNullable<WantedInstallation['esp']>,
): FilesOnDisk {
  const folder: FilesOnDisk = { sizeBytes: 0, fileCount: 1 };
  if (!isSigned) return sum([folder, { sizeBytes: coreBytes(root, platform), fileCount: 1 }]);
  const type = machineTypes[platform];
  const config: FilesOnDisk = { sizeBytes: 4096, fileCount: 1 };
  return sum([
    folder,
    config,
    fileAt(root, `${moduleFolder}/${platform}-signed/grub${type}.efi.signed`),
    ...[`shim${type}.efi`, `mm${type}.efi`, `fb${type}.efi`].map(name =>
      fileAt(root, `/usr/lib/shim/${name}.signed`),
    ),
    fileAt(root, `/usr/lib/shim/BOOT${type.toUpperCase()}.CSV`),
  ]);
}

function coreBytes(root: Root, platform: GrubPlatform): number {
  return fileAt(root, `${moduleFolder}/${platform}/kernel.img`).sizeBytes + mostCoreModuleBytes;
}

function fileAt(root: Root, path: string): FilesOnDisk {
  const stat = root.stat(path);
  return stat === undefined ? noFiles : { sizeBytes: stat.sizeBytes, fileCount: 1 };
}

function sum(all: readonly FilesOnDisk[]): FilesOnDisk {
  return {
    sizeBytes: all.reduce((total, { sizeBytes }) => total + sizeBytes, 0),
    fileCount: all.reduce((total, { fileCount }) => total + fileCount, 0),
  };
}
