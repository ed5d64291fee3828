/** Where a system is. */
interface OnDevice {
  fsUuid: string;
  /** What GRUB has to load to see the file system and to read it: `part_gpt`, `lvm`, `ntfs`. */
  modules?: readonly string[];
}

/**
 * Another system that GRUB's menu offers behind ours, as some probe has found it. Titles are one
 * printable line, and nothing but that may be taken for granted of them: others have chosen them.
 */
export type OtherSystem =
  /**
   * A whole menu of GRUB, such as the distribution's own: a `grub.cfg` beside its modules and its
   * `grubenv`, which it finds by `$prefix`. That is not taken back when one leaves it with Escape.
   */
  | {
      kind: 'grub-menu';
      title: string;
      /** Undefined: it is in the boot folder that our own menu is in. */
      fsUuid: string | undefined;
      /**
       * Of its `grub.cfg`; from the top of its file system or, without `fsUuid`, from the boot
       * folder, wherever in its file system that is (`GrubDevice.path`): `/grub/grub.cfg`.
       */
      path: string;
    }
  /** A program on an ESP: Windows, mostly. Only for firmware that is UEFI. */
  | ({ kind: 'efi'; title: string; path: string } & OnDevice)
  /** A boot sector of a partition, started as a BIOS would. Only for firmware that is a BIOS. */
  | ({ kind: 'boot-sector'; title: string } & OnDevice)
  | ({
      kind: 'linux';
      title: string;
      /**
       * Title of a submenu, for further ways to boot a system that is in the menu itself: older
       * kernels, recovery. Those of one system stand together.
       */
      submenu?: string;
      /** Paths from the top of the file system. */
      linux: string;
      initrds: readonly string[];
      /** Word by word; one may hold blanks. */
      options: readonly string[];
    } & OnDevice);
