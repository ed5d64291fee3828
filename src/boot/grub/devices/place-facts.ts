import type { BlockDevice, MountedFileSystem } from '../../../hardware/facts/facts.ts';

/** What is known of the folders that GRUB has to find, and of the devices they are on. Plain data. */
export interface PlaceFacts {
  boot: FolderFacts;
  store: FolderFacts;
  /** All block devices of the machine. */
  blocks: readonly BlockDevice[];
  /** How an array of mdraid is described on its members (`1.2`, `0.90`; by the firmware: `external:imsm`, `ddf`), by kernel name. */
  raidMetadata: ReadonlyMap<string, string>;
  /** Why GRUB cannot open a LUKS device, one clause, by the kernel name of what has the header. */
  unopenable: ReadonlyMap<string, string>;
}

/** A folder, and the file system it is in. */
export interface FolderFacts {
  /** For messages. */
  hostPath: string;
  /** Without links. */
  logicalPath: string;
  /** Undefined where no file system of its own holds it: an image is assembled in a folder. */
  mounted: MountedFolder | undefined;
}

/** A folder of a file system that is mounted. */
export interface MountedFolder {
  mount: MountedFileSystem;
  /** The path from the top of what is mounted: '' is the top. */
  below: string;
  /** Where the same file system is mounted, as logical paths, bind mounts included. */
  mountPoints: readonly string[];
  /** Features of the file system that GRUB does not know, as their tools call them. */
  unknownFeatures: readonly string[];
}
