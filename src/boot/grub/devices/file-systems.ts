import type { MountedFileSystem } from '../../../hardware/facts/facts.ts';

/** What GRUB knows of a kind of file system. */
interface FileSystemSupport {
  module: string;
  /**
   * Whether `save_env` can overwrite a block of a file: GRUB asks its driver where the blocks are,
   * and some do not say, or the file has none of its own.
   */
  isWritable: boolean;
}

const writable = (module: string): FileSystemSupport => ({ module, isWritable: true });
const readable = (module: string): FileSystemSupport => ({ module, isWritable: false });

/** By the kernel's name of the file system, or blkid's where a FUSE program mounts it. */
const supported: Readonly<Record<string, FileSystemSupport>> = {
  ext2: writable('ext2'),
  ext3: writable('ext2'),
  ext4: writable('ext2'),
  xfs: writable('xfs'),
  vfat: writable('fat'),
  msdos: writable('fat'),
  exfat: writable('exfat'),
  jfs: writable('jfs'),
  // Small files are in their inode, unless it is mounted otherwise.
  f2fs: writable('f2fs'),
  btrfs: readable('btrfs'),
  zfs: readable('zfs'),
  // The ends of files share blocks.
  reiserfs: readable('reiserfs'),
  nilfs2: readable('nilfs2'),
  hfs: readable('hfs'),
  hfsplus: readable('hfsplus'),
  ntfs: readable('ntfs'),
  ntfs3: readable('ntfs'),
  iso9660: readable('iso9660'),
  udf: readable('udf'),
  squashfs: readable('squash4'),
};

/** The module that reads a kind of file system; undefined: GRUB cannot read it. */
export function moduleOf(type: string): string | undefined {
  return Object.hasOwn(supported, type) ? supported[type]?.module : undefined;
}

/** The modules of what installers offer, for where nobody says what it will be. */
export const usualModules = ['ext2', 'btrfs', 'xfs', 'fat'] as const;

/** Why GRUB cannot overwrite a block of a file, a clause that follows `it is on`; undefined: it can. */
export function writeObstacle(
  type: string,
  { superOptions }: Pick<MountedFileSystem, 'superOptions'>,
): string | undefined {
  if (!Object.hasOwn(supported, type) || supported[type]?.isWritable !== true) {
    return `${type}, to which GRUB cannot write`;
  }
  if (type === 'f2fs' && !superOptions.includes('noinline_data')) {
    return 'f2fs, which keeps small files in their inodes, where GRUB cannot write';
  }
  if (superOptions.includes('data=journal')) {
    return `${type} with data=journal, whose journal may overwrite what GRUB has written`;
  }
  return undefined;
}
