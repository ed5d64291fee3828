/** What one line of dpkg's `--status-fd` tells; dpkg(1). */
export type DpkgStatus =
  /** dpkg begins to unpack or to configure a package. */
  | { kind: 'begun'; stage: 'unpack' | 'configure'; name: string }
  /** It gives up on a package, or on the file of one. */
  | { kind: 'failed'; subject: string; reason: string };

/** Reads a line; undefined where it tells nothing that matters. */
export function parseDpkgStatus(line: string): DpkgStatus | undefined {
  const begun = /^processing: (install|upgrade|configure): (\S+)$/.exec(line);
  if (begun !== null) {
    const [, word, name = ''] = begun;
    const stage = word === 'configure' ? 'configure' : 'unpack';
    return { kind: 'begun', stage, name: withoutArchitecture(name) };
  }
  const failed = /^status: (\S+?) ?: error : (.*)$/.exec(line);
  if (failed === null) return undefined;
  const [, subject = '', reason = ''] = failed;
  return { kind: 'failed', subject: withoutArchitecture(subject), reason };
}

function withoutArchitecture(name: string): string {
  return name.startsWith('/') ? name : name.replace(/:[a-z0-9-]+$/, '');
}
