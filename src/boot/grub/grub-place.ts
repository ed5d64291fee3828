/** How GRUB gets at a file system, and where something in it is. */
export interface GrubDevice {
  /** What GRUB has to load to see the device and to read it, in the order of loading: `part_gpt`, `lvm`, `btrfs`. */
  modules: readonly string[];
  /** UUIDs of LUKS headers that are opened before it is there, without dashes, outer ones first. */
  cryptodisks: readonly string[];
  search:
    | { by: 'fs-uuid' | 'label'; value: string }
    /** GRUB's own name for it: `lvm/vg-root`, `mduuid/0011…`. */
    | { by: 'name'; value: string };
  /**
   * The path of the place as GRUB sees it, from the top of the file system: `` where it is the top,
   * `/boot`, `/@/boot` within a subvolume of btrfs, `/ROOT/debian/@/boot` within a pool of ZFS.
   */
  path: string;
  /** Why GRUB cannot write a block of a file there; undefined where it can. */
  unwritable: string | undefined;
}

/** Where the files of a menu are, as GRUB sees them. */
export interface GrubPlace {
  /** The top of the boot partition's folder: what paths of the ledger are relative to. */
  boot: GrubDevice;
  /**
   * `/nix/store`, where GRUB reads kernels from it; or why they are copied to the boot partition:
   * it cannot open what the store is on, or the declaration says so.
   */
  store: GrubDevice | { unreachable: string };
}
