import { parseStanzas, type Stanza } from '../debian/control-stanzas.ts';
import type { PackageVersion } from '../debian/lock/lock.ts';

/** A package that is unpacked and configured, as dpkg's database has it. */
export interface InstalledPackage extends PackageVersion {
  /** Whether every Debian has it, and nothing says that it needs it. */
  isEssential: boolean;
  /** Whether the administrator holds it at its version. */
  isHeld: boolean;
  /** `libs`, `kernel`; without the area, which stands before a slash. */
  section: string;
  installedSizeBytes: number;
  /** What it cannot do without: of alternatives the first one that is there, sorted. */
  depends: readonly string[];
  /** The same of what it works better with. */
  recommends: readonly string[];
  conffiles: readonly Conffile[];
}

/** A file of configuration that a package brings. */
export interface Conffile {
  path: string;
  /** Of its content as the package has it, hexadecimal; MD5 is what dpkg keeps. */
  md5: string;
  /** Whether newer versions of the package do not bring it any more. */
  isObsolete: boolean;
}

/**
 * The packages of dpkg's `status` that are installed, sorted by name, then architecture. Those that
 * are half-way there or whose configuration alone is left are not among them. Pure.
 */
export function parseInstalledPackages(status: string): InstalledPackage[] {
  const stanzas = parseStanzas(status).filter(isInstalled);
  const there = providersOf(stanzas);
  return stanzas.map(stanza => packageOf(stanza, there)).toSorted(byNameAndArchitecture);
}

function isInstalled(stanza: Stanza): boolean {
  return / (?:installed|triggers-awaited|triggers-pending)$/.test(stanza.get('status') ?? '');
}

/** Who has each name that a package can depend on: the package of that name before all others. */
function providersOf(stanzas: readonly Stanza[]): ReadonlyMap<string, string> {
  const provided = stanzas.flatMap(stanza =>
    namesIn(stanza.get('provides')).map(name => [name, textOf(stanza, 'package')] as const),
  );
  const own = stanzas.map(stanza => textOf(stanza, 'package'));
  return new Map([...provided, ...own.map(name => [name, name] as const)]);
}

function packageOf(stanza: Stanza, there: ReadonlyMap<string, string>): InstalledPackage {
  const name = textOf(stanza, 'package');
  const thereOf = (...keys: readonly string[]): string[] => {
    const groups = keys.flatMap(key => textOf(stanza, key).split(','));
    const names = new Set(groups.flatMap(group => firstThere(group, there) ?? []));
    return [...names].filter(each => each !== name).toSorted();
  };
  return {
    name,
    version: textOf(stanza, 'version'),
    architecture: textOf(stanza, 'architecture'),
    isEssential: stanza.get('essential') === 'yes',
    isHeld: textOf(stanza, 'status').startsWith('hold '),
    section: textOf(stanza, 'section').replace(/^.*\//, ''),
    // dpkg counts in KiB.
    installedSizeBytes: Number(stanza.get('installed-size') ?? 0) * 1024 || 0,
    depends: thereOf('pre-depends', 'depends'),
    recommends: thereOf('recommends'),
    conffiles: conffilesOf(textOf(stanza, 'conffiles')),
  };
}

/** Of `a (>= 1) | b`, who is there. */
function firstThere(group: string, there: ReadonlyMap<string, string>): string | undefined {
  return namesIn(group.replaceAll('|', ','))
    .map(name => there.get(name))
    .find(name => name !== undefined);
}

/** `libc6 (>= 2.36), python3:any` as names. */
function namesIn(relations: string | undefined): string[] {
  return (relations ?? '').split(',').flatMap(each => /[a-z0-9][a-z0-9+.-]*/.exec(each)?.[0] ?? []);
}

/** A line each: the path, which may hold spaces, its hash, and perhaps a word such as `obsolete`. */
function conffilesOf(text: string): Conffile[] {
  return text.split('\n').flatMap(line => {
    const [, path, md5, flags] = /^(\/.*) ([0-9a-f]{32})((?: [a-z-]+)*)$/.exec(line) ?? [];
    return path === undefined || md5 === undefined ? [] : [{ path, md5, isObsolete: flags !== '' }];
  });
}

function textOf(stanza: Stanza, key: string): string {
  return stanza.get(key) ?? '';
}

function byNameAndArchitecture(left: InstalledPackage, right: InstalledPackage): number {
  const [one, other] = [left, right].map(({ name, architecture }) => `${name}\0${architecture}`);
  return (one ?? '') < (other ?? '') ? -1 : 1;
}
