/**
 * What is nice to know of a machine that runs, and nothing that anything depends on. A field that
 * nobody could find out is null.
 */
export interface Summary {
  /** `Debian GNU/Linux 12 (bookworm)` */
  readonly operatingSystem: string | null;
  /** `Intel Core i7-1185G7, 3.0 GHz` */
  readonly processor: string | null;
  readonly memoryBytes: number | null;
  /** One for each module of memory that the firmware names: `16 GiB DDR4, 3200 MT/s`. */
  readonly memoryModules: readonly string[];
  /** `Samsung SSD 980, 931.5 GiB, NVMe` */
  readonly disks: readonly string[];
  /** `Intel TigerLake-LP GT2` */
  readonly graphics: readonly string[];
  /** What could not be asked, and why, one clause each. */
  readonly failures: readonly string[];
}

/** Room on one file system that a system needs. */
export interface SpaceRow {
  readonly mountPoint: string;
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
}
