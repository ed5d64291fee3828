/** A package's wish that a file of all other packages goes elsewhere: dpkg-divert(1). */
export interface Diversion {
  /** `/usr/bin/tool`. */
  from: string;
  /** `/usr/bin/tool.distrib`. */
  to: string;
  /** The package whose own file stays where it is; undefined where somebody wants it for all. */
  by: string | undefined;
}

/** Reads `/var/lib/dpkg/diversions`, which has three lines for each. Pure. */
export function parseDiversions(text: string): Diversion[] {
  const lines = text.split('\n');
  return Array.from({ length: Math.floor(lines.length / 3) }, (_, index) => {
    const [from = '', to = '', by = ''] = lines.slice(3 * index);
    return { from, to, by: by === ':' ? undefined : by };
  });
}
