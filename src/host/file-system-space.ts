/** statfs(2)'s number for FAT (MSDOS_SUPER_MAGIC). */
const fatMagic = 0x4d44;

/** What statfs(2) tells of a file system. */
export interface FileSystemSpace {
  /** The magic number that statfs(2) gives for the kind of file system. */
  typeMagic: number;
  clusterBytes: number;
  totalBytes: number;
  freeBytes: number;
  /** Inodes; 0 on file systems that do not count them, as FAT. */
  freeFiles: number;
}

/** Whether it is what an ESP has. */
export function isFat(space: FileSystemSpace): boolean {
  return space.typeMagic === fatMagic;
}
