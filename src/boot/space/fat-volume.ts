import { FatDirectory, type FatWriter, linuxWriter, SeenFatDirectory } from './fat-names.ts';
import { type AllocationRules, Volume } from './volume.ts';

export interface FatGeometry {
  clusterBytes: number;
  /** Slots of the root directory; undefined on FAT32, where it is a chain of clusters. */
  rootSlots: number | undefined;
}

/** How FAT allocates: whole clusters for files and for directories alike. */
export function fatRules(clusterBytes: number, writer: FatWriter = linuxWriter): AllocationRules {
  return {
    clusterBytes,
    fileClusters: sizeBytes => Math.ceil(sizeBytes / clusterBytes),
    seenFileClusters: sizeBytes => Math.ceil(sizeBytes / clusterBytes),
    newFolder: () => FatDirectory.folder(writer, clusterBytes),
    // A root directory that cannot grow (FAT12, FAT16) looks like any other: one too many at worst.
    seenFolder: (sizeBytes = 0) => new SeenFatDirectory(clusterBytes, sizeBytes),
  };
}

/**
 * An empty FAT volume, of which all is known: what it says is exact, to the byte. The root
 * directory of FAT32 counts as in use, as every tool shows it.
 */
export function emptyFatVolume(
  { clusterBytes, rootSlots }: FatGeometry,
  writer: FatWriter = linuxWriter,
): Volume {
  const top =
    rootSlots === undefined
      ? FatDirectory.chain(writer, clusterBytes)
      : FatDirectory.fixed(writer, rootSlots);
  return new Volume(fatRules(clusterBytes, writer), {
    clusters: top.clusters,
    sizes: new Map(),
    folders: new Map([['', top]]),
  });
}
