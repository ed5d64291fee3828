/** Why GRUB cannot read something. */
export interface Obstacle {
  /** One clause about the folder: `it is on bcache, which GRUB does not know`. */
  reason: string;
  /** What to do, one sentence. */
  hint: string;
}

/** Where kernels and menus can be instead. */
export const bootPartitionHint =
  'Put /boot on a partition of its own, with ext4 or FAT, and neither encrypted nor on LVM.';
