/** One entry of sources.list(5): where apt finds packages. */
export interface AptSource {
  /** `list` is a line that begins with `deb`, `deb822` a paragraph of fields. */
  format: 'list' | 'deb822';
  /** Folders of mirrors, as they are written, `http://mirror.example/debian`. */
  uris: readonly string[];
  suites: readonly string[];
  /** What apt is to read, by the suites that are taken of it. */
  textFor(suites: readonly string[]): string;
}
