/** What it means for units that another `/usr` takes the place of the one that is mounted. */
export interface UsrExchange {
  /** Paths of files that systemd and its units read, and that differ: new, gone or others. */
  paths: ReadonlySet<string>;
  /** Running services whose main program is another one. */
  renewed: ReadonlySet<string>;
  /** Whether systemd itself is another one. */
  isManagerRenewed: boolean;
}

/** `/usr` stays as it is. */
export const noExchange: UsrExchange = {
  paths: new Set(),
  renewed: new Set(),
  isManagerRenewed: false,
};
