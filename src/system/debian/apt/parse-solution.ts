import type { PackageVersion } from '../lock/lock.ts';

/** What apt would do to have all that is asked for. */
export interface Solution {
  /** New ones, and new versions. */
  install: readonly PackageVersion[];
  /** Names. */
  remove: readonly string[];
}

/**
 * Reads what `apt-get --print-uris install` prints: the list of what goes, and a line for each
 * archive that is to be fetched. Pure.
 */
export function parseSolution(stdout: string): Solution {
  const install: PackageVersion[] = [];
  const remove: string[] = [];
  let isRemoved = false;
  for (const line of stdout.split('\n')) {
    // 'http://mirror.example/debian/pool/…/nano_7.2-1_amd64.deb' nano_7.2-1_amd64.deb 690060 MD5Sum:…
    // The file is named by the package, whatever the mirror calls it: `NAME_VERSION_ARCHITECTURE`.
    const found = /^'.*' ([^\s_]+)_([^\s_]+)_([^\s_]+)\.deb \d+/.exec(line);
    if (found !== null) {
      const [name = '', version = '', architecture = ''] = found.slice(1).map(unquoted);
      install.push({ name, version, architecture });
    }
    if (isRemoved && line.startsWith('  ')) remove.push(...line.trim().split(/\s+/).map(plainName));
    else isRemoved = /^(?:The following packages will be REMOVED|REMOVING):$/.test(line);
  }
  return { install, remove };
}

/** Without apt's `%3a` for a colon and the like. */
function unquoted(word: string): string {
  return word.replace(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  );
}

/**
 * Without the architecture that apt adds to a name where it is not the machine's, and the star of
 * what loses its settings too.
 */
function plainName(word: string): string {
  return word.replace(/[:*].*$/, '');
}
