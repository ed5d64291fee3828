/** An entry as the menu of a loader shows it, ours or anybody's. */
export interface MenuLine {
  /** The loader's own name for it. */
  id: string;
  title: string;
  /** What it starts: a kernel, mostly. */
  linux: string;
  /** The kernel's command line. */
  options: string;
  /** Whether it boots when nobody picks another one. */
  isDefault: boolean;
  sortKey?: string | undefined;
  version?: string | undefined;
  machineId?: string | undefined;
}
