/** In bytes; what BIOS and GRUB count in, whatever a disk's own sectors are. */
const sectorBytes = 512;

/** What is written to a disk so that a BIOS starts GRUB from it. */
export interface StartSectors {
  /** The first sector of the disk, with its partition table. */
  first: Buffer;
  /** What goes to the start of the BIOS boot partition. */
  core: Buffer;
}

/** Places in GRUB's boot.img, as its boot.S has them. */
const bootImage = {
  /** Parameters of a FAT that has the whole disk: a disk's own. */
  parameters: [0x03, 0x5a],
  /** Where the core image begins: a sector's number in 64 bits. */
  coreSector: 0x5c,
  /** Two bytes, which jump to where a drive that the BIOS names is believed. */
  driveCheck: 0x66,
  /** The disk's signature, and its table of partitions: a disk's own. */
  table: [0x1b8, 0x1fe],
} as const;

/** Where the core image's first sector says where its second one is: a sector's number in 64 bits. */
const nextSector = 0x1f4;

/**
 * Makes what starts GRUB on a disk with a BIOS boot partition, as `grub-bios-setup` would: that one
 * has to be told devices, and an image is a file. The core image lies there in one piece. Pure.
 *
 * @param disk the first sector of the disk
 * @param boot GRUB's boot.img
 * @param core the core image, as `grub-mkimage` has made it
 * @param offsetBytes where the BIOS boot partition begins on the disk
 */
export function startSectors(
  disk: Buffer,
  boot: Buffer,
  core: Buffer,
  offsetBytes: number,
): StartSectors {
  const sector = BigInt(offsetBytes / sectorBytes);
  const first = Buffer.from(boot.subarray(0, sectorBytes));
  for (const [from, to] of [bootImage.parameters, bootImage.table]) {
    disk.copy(first, from, from, to);
  }
  first.writeBigUInt64LE(sector, bootImage.coreSector);
  // Some a BIOS names a floppy where it has started a disk: no operation in the jump's place has
  // GRUB correct that.
  first.fill(0x90, bootImage.driveCheck, bootImage.driveCheck + 2);
  const placed = Buffer.from(core);
  placed.writeBigUInt64LE(sector + 1n, nextSector);
  return { first, core: placed };
}
