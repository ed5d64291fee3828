import { GenctlError } from '../../../errors.ts';
import { byBytes } from '../../../host/folder.ts';
import { run } from '../../../host/run.ts';
import type { LockedPackage, PackageVersion } from '../lock/lock.ts';
import { aptFailure, listsFailure } from './apt-failure.ts';
import {
  type AptRoot,
  listsAgeSeconds,
  openAptRoot,
  putState,
  refreshLists,
  runApt,
} from './apt-root.ts';
import type { AptSettings } from './apt-settings.ts';
import { explainConflict } from './explain-conflict.ts';
import { type InstalledPackage, renderInstalled } from './installed-state.ts';
import { cachedPackagePath, packageCacheFolder } from './package-cache.ts';
import { packagesGone } from './package-gone.ts';
import { type PackageStanza, parseListed } from './package-stanza.ts';
import { parseSolution } from './parse-solution.ts';
import { unknownPackages } from './unknown-package.ts';

/** Older lists name versions that mirrors may have dropped meanwhile. */
const oldAgeSeconds = 24 * 3600;

/** What is to be found. */
export interface Resolution {
  /** Names of packages, sorted; all that is essential to Debian comes along. */
  wanted: readonly string[];
  /** Packages that stay at their versions as long as they are needed; none to find all anew. */
  locked: readonly LockedPackage[];
  /** Names of locked packages that are to become the newest there are. */
  update: readonly string[];
  /** Whether apt is to fetch its lists anew, even where it has some. */
  freshLists: boolean;
  /** Where a name was declared, `FILE:LINE`, for messages. */
  placeOf?: (name: string) => string | undefined;
}

/**
 * Finds by apt which packages it takes, in a root of its own where nothing is installed but what is
 * locked. Signatures are checked by apt.
 *
 * @returns sorted as in a lock
 * @throws GenctlError PACKAGE_UNKNOWN (with the nearest names), PACKAGES_CONFLICT, PACKAGE_GONE,
 *   SUITE_UNKNOWN, SIGNATURE_REFUSED, APT_FAILED, …
 */
export async function resolvePackages(
  settings: AptSettings,
  resolution: Resolution,
): Promise<LockedPackage[]> {
  const { wanted, locked, update } = resolution;
  const apt = await openAptRoot(settings);
  const stanzas = await lookUp(apt, settings, resolution);
  const { installed, gone } = await installedBefore(apt, stanzas, resolution);
  putState(apt, renderInstalled(installed, settings.architecture));
  settings.onProgress('finding what these packages need');
  const here = new Map(installed.map(found => [found.name, found]));
  const answer = await runApt(apt, 'apt-get', [
    '--quiet',
    // It finds what `--simulate` does in half the time, and changes as little.
    '--print-uris',
    // What is in its folder of archives would not be named; there is no such folder.
    '--option=Dir::Cache::archives=none/',
    '--auto-remove',
    // What has lost a dependency is whole again once that is found anew.
    ...(gone.length > 0 ? ['--fix-broken'] : []),
    'install',
    // What is essential never leaves, so it has to come once only.
    ...(locked.length === 0 ? ['?essential'] : []),
    ...argumentsFor(resolution, here, stanzas),
  ]);
  if (answer.exitCode !== 0) throw listsFailure(answer.stderr) ?? explainConflict(wanted, answer);
  const { install, remove } = parseSolution(answer.stdout);
  const found = new Map(
    locked.filter(({ name }) => here.has(name)).map(each => [each.name, each] as const),
  );
  for (const name of remove) found.delete(name);
  for (const each of await locate(apt, install)) found.set(each.name, each);
  const missing = wanted.filter(name => !found.has(name));
  if (missing.length > 0) throw explainConflict(missing, answer);
  const packages = [...found.values()].toSorted(
    (left, right) =>
      byBytes(left.name, right.name) || byBytes(left.architecture, right.architecture),
  );
  // To apt, what is named is wanted: whether it is still needed shows the next time.
  const isDone = update.every(name => wanted.includes(name));
  return isDone
    ? packages
    : await resolvePackages(settings, {
        ...resolution,
        locked: packages,
        update: [],
        freshLists: false,
      });
}

/**
 * What the lists say of all wanted and locked packages; they are fetched where there are none, or
 * where they lack a name.
 *
 * @throws GenctlError PACKAGE_UNKNOWN
 */
async function lookUp(
  apt: AptRoot,
  { onProgress }: AptSettings,
  { wanted, locked, freshLists, placeOf = () => undefined }: Resolution,
): Promise<PackageStanza[]> {
  const refresh = async (): Promise<void> => {
    onProgress('fetching the lists of packages');
    await refreshLists(apt);
  };
  const names = new Set([...wanted, ...locked.map(({ name }) => name)]);
  const unknownIn = (stanzas: readonly PackageStanza[]): string[] => {
    const known = new Set(stanzas.map(stanza => stanza.package.name));
    return wanted.filter(name => !known.has(name));
  };
  /** Without a network, the lists that are there are all there is to go by. */
  const refreshIfPossible = async (): Promise<void> => {
    await refresh().catch((thrown: unknown) => {
      if (!(thrown instanceof GenctlError)) throw thrown;
    });
  };
  const ageSeconds = listsAgeSeconds(apt);
  const hasToBeFresh = freshLists || ageSeconds === undefined;
  if (hasToBeFresh) await refresh();
  else if (ageSeconds > oldAgeSeconds) await refreshIfPossible();
  let stanzas = await show(apt, names);
  if (unknownIn(stanzas).length > 0 && !hasToBeFresh) {
    await refreshIfPossible();
    stanzas = await show(apt, names);
  }
  const cached = new Set(locked.map(({ name }) => name));
  const unknown = unknownIn(stanzas).filter(name => !cached.has(name));
  if (unknown.length > 0) throw unknownPackages(unknown, await packageNames(apt), placeOf);
  return stanzas;
}

async function packageNames(apt: AptRoot): Promise<string[]> {
  const { stdout, stderr, exitCode } = await runApt(apt, 'apt-cache', ['pkgnames']);
  if (exitCode !== 0) throw aptFailure('cannot read the lists of packages', stderr);
  return stdout.split('\n').filter(name => name !== '');
}

/**
 * The locked packages as installed ones.
 *
 * @returns beside them the names of those to be updated that nobody knows any more
 * @throws GenctlError PACKAGE_GONE for one that shall stay as it is, which takes its dependencies
 */
async function installedBefore(
  apt: AptRoot,
  stanzas: readonly PackageStanza[],
  { wanted, locked, update }: Resolution,
): Promise<{ installed: InstalledPackage[]; gone: string[] }> {
  const controls = new Map(stanzas.map(({ text, package: { sha256 } }) => [sha256, text]));
  const installed: InstalledPackage[] = [];
  const gone: string[] = [];
  for (const each of locked) {
    const control = controls.get(each.sha256) ?? (await cachedControl(apt, each));
    const { name, architecture } = each;
    if (control === undefined) gone.push(name);
    else installed.push({ name, architecture, control, isWanted: wanted.includes(name) });
  }
  const needed = gone.filter(name => !update.includes(name));
  if (needed.length === 0) return { installed, gone };
  const versions = locked.filter(({ name }) => needed.includes(name));
  throw packagesGone(versions, apt.root.onHost(packageCacheFolder));
}

/** What no mirror has any more may still be in the cache. */
async function cachedControl(
  { root }: AptRoot,
  locked: LockedPackage,
): Promise<string | undefined> {
  if (root.stat(`${packageCacheFolder}/${locked.sha256}.deb`)?.sizeBytes !== locked.sizeBytes) {
    return undefined;
  }
  const { stdout, exitCode } = await run('dpkg-deb', ['-f', cachedPackagePath(root, locked)], {
    accept: [0, 2],
  });
  return exitCode === 0 ? stdout : undefined;
}

/** A name whose version is fixed is never removed, nor made newer, for another's sake. */
function argumentsFor(
  { wanted, update }: Resolution,
  here: ReadonlyMap<string, InstalledPackage>,
  stanzas: readonly PackageStanza[],
): string[] {
  const fixed = wanted.map(name => {
    const control = update.includes(name) ? undefined : here.get(name)?.control;
    const version = control && /^Version:\s*(\S+)/im.exec(control)?.[1];
    return version ? `${name}=${version}` : name;
  });
  const there = new Set(stanzas.map(stanza => stanza.package.name));
  return [...fixed, ...update.filter(name => there.has(name) && !wanted.includes(name))];
}

/** What it takes to fetch these versions. */
async function locate(apt: AptRoot, versions: readonly PackageVersion[]): Promise<LockedPackage[]> {
  const key = ({ name, version, architecture }: PackageVersion): string =>
    `${name} ${version} ${architecture}`;
  const stanzas = await show(apt, new Set(versions.map(({ name }) => name)));
  // Several sources may have the same version; apt takes the first.
  const found = new Map(
    stanzas.toReversed().map(stanza => [key(stanza.package), stanza.package] as const),
  );
  return versions.map(version => {
    const located = found.get(key(version));
    if (located !== undefined) return located;
    throw new GenctlError(
      'APT_FAILED',
      `cannot find how to fetch ${version.name} ${version.version}: the lists of packages do not say it`,
      { hint: 'Its source has to publish SHA256 sums; run `genctl lock --update`.' },
    );
  });
}

/**
 * All versions that the lists have of these names.
 *
 * @throws GenctlError APT_FAILED, NO_SPACE where there is no telling
 */
async function show(apt: AptRoot, names: ReadonlySet<string>): Promise<PackageStanza[]> {
  if (names.size === 0) return [];
  const { stdout, stderr } = await runApt(apt, 'apt-cache', ['show', ...names]);
  const failure = listsFailure(stderr);
  if (failure !== undefined) throw failure;
  return parseListed(stdout);
}
