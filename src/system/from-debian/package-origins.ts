import { compareVersions } from '../debian/compare-versions.ts';

/** Whose a package is, as apt knows it. */
export type PackageOrigin =
  | 'debian'
  /** Debian has it too, and older than it is installed. */
  | 'newer-than-debian'
  | 'third-party'
  /** Only the machine has it. */
  | 'local';

interface Version {
  version: string;
  isInstalled: boolean;
  isOfDebian: boolean;
  isOfSource: boolean;
}

/**
 * Whose each package is. Pure.
 *
 * @param sources what `apt-cache policy` prints
 * @param packages what `apt-cache policy NAME…` prints
 */
export function parsePackageOrigins(
  sources: string,
  packages: string,
): ReadonlyMap<string, PackageOrigin> {
  const debian = debianSources(sources);
  const origins = new Map<string, PackageOrigin>();
  for (const [name, versions] of versionsByPackage(packages, debian)) {
    origins.set(name, originOf(versions));
  }
  return origins;
}

/** `http://… bookworm/main amd64 Packages` of the sources that are Debian's own. */
function debianSources(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  let source = '';
  for (const line of text.split('\n')) {
    const [, location] = /^ *-?\d+ (\S.*)$/.exec(line) ?? [];
    if (location !== undefined) source = location;
    else if (/^ +release (?:.*,)?o=Debian(?:,|$)/.test(line)) found.add(source);
  }
  return found;
}

function* versionsByPackage(
  text: string,
  debian: ReadonlySet<string>,
): Generator<[string, readonly Version[]]> {
  for (const block of text.split(/^(?=\S)/m)) {
    const [, name] = /^(\S+):$/m.exec(block) ?? [];
    if (name === undefined) continue;
    const versions: Version[] = [];
    for (const line of block.split('\n')) {
      const [, mark, version] = /^ (\*\*\*| {3}) (\S+) -?\d+/.exec(line) ?? [];
      if (version !== undefined) {
        versions.push({
          version,
          isInstalled: mark === '***',
          isOfDebian: false,
          isOfSource: false,
        });
        continue;
      }
      const [, location] = /^ {8,}-?\d+ (\S.*)$/.exec(line) ?? [];
      const last = versions.at(-1);
      if (location === undefined || last === undefined) continue;
      last.isOfDebian ||= debian.has(location);
      last.isOfSource ||= location !== '/var/lib/dpkg/status';
    }
    yield [name, versions];
  }
}

function originOf(versions: readonly Version[]): PackageOrigin {
  const ofDebian = versions.filter(({ isOfDebian }) => isOfDebian);
  if (ofDebian.length === 0) {
    return versions.some(({ isOfSource }) => isOfSource) ? 'third-party' : 'local';
  }
  const installed = versions.find(({ isInstalled }) => isInstalled)?.version;
  const isNewer =
    installed !== undefined &&
    ofDebian.every(({ version }) => compareVersions(installed, version) > 0);
  return isNewer ? 'newer-than-debian' : 'debian';
}
