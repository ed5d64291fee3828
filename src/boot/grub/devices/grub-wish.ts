/** What a machine's declaration says of where GRUB finds things. */
export interface GrubWish {
  /** The logical path of the folder that holds the menu; a plain folder of a file system, or its top. */
  bootMountPoint: string;
  /** How a file system is found: `provided` takes the device as the declaration names it. */
  fsIdentifier: 'uuid' | 'label' | 'provided';
  /** Kernels are copied even where GRUB could read the store. */
  copyKernels: boolean;
  /** Whether GRUB may be asked to open encrypted devices. */
  enableCryptodisk: boolean;
  /** What the declaration mounts, by mount point. */
  provided: ReadonlyMap<string, ProvidedFileSystem>;
}

/** One section of `[fileSystems]`, as far as it is filled in. */
export interface ProvidedFileSystem {
  /** `/dev/disk/by-uuid/…`, `LABEL=root`, `/dev/mapper/vg-root`; of ZFS the dataset. */
  device: string | undefined;
  fsType: string | undefined;
  options: readonly string[];
}
