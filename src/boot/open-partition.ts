import { GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import { isFatName, type Mount, mountAt, readMounts } from '../host/mounts.ts';
import { partitionTypeOf, partitionTypes } from '../host/partition-entry.ts';
import type { Root } from '../host/root.ts';
import { openBelow } from './read-boot-partition.ts';
import type { GrubMountPoints } from './target-place.ts';

/** GRUB reads many file systems, and `/boot` may be a folder like any other. */
export function openGrubBoot(root: Root, { boot, isMount }: GrubMountPoints): Folder {
  const mount = mountOf(root, boot);
  if (isMount)
    return openMounted(root, boot, mount, ['genctl', 'grub'], grubNotMounted(root, boot));
  const folder = root.folderIfThere(boot);
  if (folder !== undefined) return folder;
  throw new GenctlError('BOOT_FOLDER_MISSING', `${root.onHost(boot)}: there is no such folder`, {
    hint: `Make it (mkdir ${root.onHost(boot)}), or set bootMountPoint in [boot.loader.grub] to the one that GRUB shall read.`,
  });
}

function grubNotMounted(root: Root, boot: string): GenctlError {
  const hostPath = root.onHost(boot);
  return new GenctlError(
    'BOOT_NOT_MOUNTED',
    `nothing is mounted at ${hostPath}, and [fileSystems "${boot}"] declares a file system for it`,
    {
      hint: root.isLive
        ? 'Mount it there, or correct the declaration.'
        : `Mount it there; or, where an image is assembled in a folder, make its genctl folder: mkdir -p ${hostPath}/genctl`,
    },
  );
}

/** A partition that was written to before; an image is assembled in a folder that has some of these. */
export function openAgain(root: Root, mountPoint: string): Folder {
  const notMounted = espNotMounted(root, root.onHost(mountPoint));
  const mount = mountOf(root, mountPoint);
  return openMounted(root, mountPoint, mount, ['EFI', 'loader', 'genctl'], notMounted);
}

/** What GRUB has read may have been a folder of another file system: then our ledger is in it. */
export function openLeft(root: Root, mountPoint: string): Folder {
  const folder = root.folderIfThere(mountPoint);
  using ledgers = folder && openBelow(folder, 'loader/genctl');
  if (folder !== undefined && ledgers !== undefined) return folder;
  folder?.[Symbol.dispose]();
  return openAgain(root, mountPoint);
}

/** @throws GenctlError ESP_NOT_MOUNTED, ESP_NOT_FAT */
export function openEsp(root: Root, mountPoint: string): Folder {
  const hostPath = root.onHost(mountPoint);
  const mount = mountOf(root, mountPoint);
  const folder = openMounted(root, mountPoint, mount, ['EFI'], espNotMounted(root, hostPath));
  if (mount !== undefined && root.isLive && !isFatName(mount.fileSystem)) {
    folder[Symbol.dispose]();
    throw new GenctlError(
      'ESP_NOT_FAT',
      `${hostPath} is ${mount.fileSystem}, which no firmware can read`,
      {
        hint: 'Set efiSysMountPoint in [boot.loader] to where the EFI system partition is mounted, often /boot/efi.',
      },
    );
  }
  return folder;
}

/** @throws GenctlError XBOOTLDR_NOT_MOUNTED, XBOOTLDR_NOT_FAT, XBOOTLDR_TYPE */
export function openXbootldr(root: Root, mountPoint: string, esp: Folder): Folder {
  const hostPath = root.onHost(mountPoint);
  const mount = mountOf(root, mountPoint);
  const folder = openMounted(
    root,
    mountPoint,
    mount,
    ['loader'],
    xbootldrNotMounted(root, hostPath),
  );
  try {
    if (mount !== undefined && root.isLive) {
      assertReadableAtBoot(mount, hostPath, esp);
      assertXbootldrType(folder, hostPath);
    }
  } catch (thrown) {
    folder[Symbol.dispose]();
    throw thrown;
  }
  return folder;
}

/**
 * Without a mount the path is a plain folder. On another root that is how images are assembled,
 * but it may as well be a mount point that was forgotten: then it is empty.
 */
function openMounted(
  root: Root,
  mountPoint: string,
  mount: Mount | undefined,
  contents: readonly string[],
  notMounted: GenctlError,
): Folder {
  const folder = root.folderIfThere(mountPoint);
  if (folder === undefined) throw notMounted;
  const isAssembled = !root.isLive && contents.some(name => folder.stat(name)?.kind === 'folder');
  if (mount !== undefined || isAssembled) return folder;
  folder[Symbol.dispose]();
  throw notMounted;
}

/**
 * What is mounted there, or where a link of that name leads. systemd mounts an ESP only when
 * somebody looks into its folder.
 */
export function mountOf(root: Root, mountPoint: string): Mount | undefined {
  const realPath = ifThere(() => root.realPath(mountPoint), ['FILE_MISSING', 'NOT_A_FOLDER']);
  const hostPath = root.onHost(realPath ?? mountPoint);
  const mount = mountAt(readMounts(), hostPath);
  if (mount?.fileSystem !== 'autofs') return mount;
  using folder = root.folderIfThere(mountPoint);
  folder?.names();
  return mountAt(readMounts(), hostPath);
}

/** systemd-boot reads another file system than FAT by a driver only, which lies on the ESP. */
function assertReadableAtBoot({ fileSystem }: Mount, hostPath: string, esp: Folder): void {
  if (isFatName(fileSystem)) return;
  using drivers = openBelow(esp, 'EFI/systemd/drivers');
  if (drivers?.names().some(name => name.toLowerCase().endsWith('.efi')) === true) return;
  throw new GenctlError(
    'XBOOTLDR_NOT_FAT',
    `${hostPath} is ${fileSystem}, and the ESP has no driver with which systemd-boot could read it`,
    { hint: 'Use FAT for the extended boot partition, or put a driver into EFI/systemd/drivers.' },
  );
}

/** systemd-boot finds the partition by its type, and by nothing else. */
function assertXbootldrType(folder: Folder, hostPath: string): void {
  const type = partitionTypeOf(folder);
  if (type === undefined || type === partitionTypes.xbootldr) return;
  throw new GenctlError(
    'XBOOTLDR_TYPE',
    `${hostPath} is on a partition of the type ${type}, so systemd-boot would not look there`,
    {
      hint: `Give that partition the type ${partitionTypes.xbootldr} (sfdisk --part-type DISK NUMBER UUID), on the same disk as the ESP.`,
    },
  );
}

/** @throws GenctlError ESP_READ_ONLY */
export function assertWritable(mount: Mount, hostPath: string): void {
  if (!mount.options.includes('ro') && !mount.superOptions.includes('ro')) return;
  throw new GenctlError('ESP_READ_ONLY', `${hostPath} is mounted read-only`, {
    hint: `Mount it read-write: mount -o remount,rw ${hostPath} (a file system turns read-only on errors: check it first, FAT with fsck.vfat).`,
  });
}

function espNotMounted(root: Root, hostPath: string): GenctlError {
  return new GenctlError('ESP_NOT_MOUNTED', `no EFI system partition is mounted at ${hostPath}`, {
    hint: root.isLive
      ? `Mount it there, or set efiSysMountPoint in [boot.loader] to where it is.`
      : `Mount it there; or, where an image is assembled in a folder, make its EFI folder: mkdir -p ${hostPath}/EFI`,
  });
}

function xbootldrNotMounted(root: Root, hostPath: string): GenctlError {
  return new GenctlError(
    'XBOOTLDR_NOT_MOUNTED',
    `no extended boot partition is mounted at ${hostPath}`,
    {
      hint: root.isLive
        ? `Mount it there, or set xbootldrMountPoint in [boot.loader] to where it is.`
        : `Mount it there; or, where an image is assembled in a folder, make its loader folder: mkdir -p ${hostPath}/loader`,
    },
  );
}
