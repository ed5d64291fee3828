import { Ext4Directory } from './ext4-names.ts';
import type { AllocationRules } from './volume.ts';

/** statfs(2)'s number for ext2, ext3 and ext4 (EXT4_SUPER_MAGIC). */
export const extMagic = 0xef53;

/** Extents that an inode holds itself. */
const ownExtents = 4;

/**
 * How ext4 allocates, as an upper bound: never below the truth, whatever state the file system is
 * in. Above it are the blocks for extents, which only a file in many pieces needs (1/340 of a
 * large file with blocks of 4 KiB, 1/84 with 1 KiB), and a few blocks for a folder that grows.
 */
export function ext4Rules(blockBytes: number): AllocationRules {
  const extentBlocks = (blocks: number): number => extentTreeBlocks(blocks, blockBytes);
  return {
    clusterBytes: blockBytes,
    fileClusters: sizeBytes => {
      const blocks = Math.ceil(sizeBytes / blockBytes);
      return blocks + extentBlocks(blocks);
    },
    seenFileClusters: sizeBytes => Math.ceil(sizeBytes / blockBytes),
    newFolder: () => Ext4Directory.folder(blockBytes, extentBlocks),
    seenFolder: sizeBytes => Ext4Directory.seen(blockBytes, extentBlocks, sizeBytes),
  };
}

/** The tree of extents of a file of which no two blocks are neighbours. */
function extentTreeBlocks(blocks: number, blockBytes: number): number {
  const extentsPerBlock = Math.floor((blockBytes - 16) / 12);
  let total = 0;
  for (let level = blocks; level > ownExtents; ) {
    level = Math.ceil(level / extentsPerBlock);
    total += level;
  }
  return total;
}
