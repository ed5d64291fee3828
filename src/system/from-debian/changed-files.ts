import type { Root } from '../../host/root.ts';
import type { EtcCopy } from './etc-copy.ts';
import { EtcReader, md5Of } from './etc-reader.ts';
import type { InstalledPackage } from './installed-packages.ts';
import { type LeftOut, leaveOut } from './left-out.ts';

/** Files of packages in /etc, as somebody has changed them. */
export interface ChangedFiles {
  copies: readonly EtcCopy[];
  /** Paths below /etc of those that nobody has changed. */
  unchanged: readonly string[];
  leftOut: readonly LeftOut[];
}

/** A file of a package, and the hash of what the package would have there. */
interface Original {
  /** Logical. */
  path: string;
  md5: string;
  /** Whether it comes back where it is missing. */
  comesBack: boolean;
}

/** What maintainer scripts of Debian's base copy to /etc, and where from. */
const copiedFiles: Readonly<Record<string, string>> = {
  '/etc/issue': '/usr/share/base-files/issue',
  '/etc/motd': '/usr/share/base-files/motd',
  '/etc/nsswitch.conf': '/usr/share/libc-bin/nsswitch.conf',
  '/etc/profile': '/usr/share/base-files/profile',
};

/**
 * Finds the configuration files of packages that are not as their packages have brought them: by
 * the hashes that dpkg keeps, and ucf for those that maintainer scripts place.
 *
 * @param unwanted names of packages that are not declared, so that their files are of no use
 */
export function readChangedFiles(
  root: Root,
  packages: readonly InstalledPackage[],
  unwanted: ReadonlySet<string>,
): ChangedFiles {
  const reader = new EtcReader(root);
  const copies: EtcCopy[] = [];
  const unchanged: string[] = [];
  const removed: string[] = [];
  const apart: Record<'notCopied' | 'unreadable' | 'outsideEtc', string[]> = {
    notCopied: [],
    unreadable: [],
    outsideEtc: [],
  };
  for (const { path, md5, comesBack } of originals(root, packages, unwanted)) {
    if (!path.startsWith('/etc/')) {
      const content = root.readFileIfThere(path);
      if (content !== undefined && md5Of(content) !== md5) apart.outsideEtc.push(path);
      continue;
    }
    const found = reader.copy(path.slice('/etc/'.length));
    if (found === undefined) {
      if (comesBack) removed.push(path);
    } else if (typeof found === 'string') apart[found].push(path);
    else if (found.kind === 'link' || md5Of(found.content) !== md5) copies.push(found);
    else unchanged.push(found.path);
  }
  return {
    copies,
    unchanged,
    leftOut: [
      ...leaveOut('removedFiles', removed),
      ...Object.entries(apart).flatMap(([kind, paths]) =>
        leaveOut(kind as keyof typeof apart, paths),
      ),
    ],
  };
}

/** Each file once, dpkg's word before others'. */
function originals(
  root: Root,
  packages: readonly InstalledPackage[],
  unwanted: ReadonlySet<string>,
): Original[] {
  const ofUnwanted = packages.filter(({ name }) => unwanted.has(name));
  const without = new Set(ofUnwanted.flatMap(({ conffiles }) => conffiles.map(({ path }) => path)));
  const found = new Map<string, Original>();
  for (const original of [
    ...packages.flatMap(({ conffiles }) =>
      conffiles.map(({ path, md5, isObsolete }) => ({ path, md5, comesBack: !isObsolete })),
    ),
    ...ucfFiles(root),
    ...copiedOriginals(root),
  ]) {
    if (!without.has(original.path) && !found.has(original.path))
      found.set(original.path, original);
  }
  return [...found.values()];
}

/** What ucf(1) has placed, by its registry of hashes. */
function ucfFiles(root: Root): Original[] {
  const registry = root.readFileIfThere('/var/lib/ucf/hashfile')?.toString('utf8') ?? '';
  return registry.split('\n').flatMap(line => {
    const [, md5, path] = /^([0-9a-f]{32}) {2}(\/.+)$/.exec(line) ?? [];
    if (md5 === undefined || path === undefined || isOfLoader(path)) return [];
    // What is missing may be of a package that is gone.
    return root.stat(path) === undefined ? [] : [{ path, md5, comesBack: false }];
  });
}

/** genctl writes its own configuration of GRUB. */
function isOfLoader(path: string): boolean {
  return path.startsWith('/etc/default/grub');
}

function copiedOriginals(root: Root): Original[] {
  return Object.entries(copiedFiles).flatMap(([path, source]) => {
    const content = root.readFileIfThere(source);
    if (content === undefined || root.stat(path) === undefined) return [];
    return [{ path, md5: md5Of(content), comesBack: false }];
  });
}
