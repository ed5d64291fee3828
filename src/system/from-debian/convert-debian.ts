import type { Root } from '../../host/root.ts';
import type { StarterEtc, StarterFacts } from '../starter.ts';
import { readChangedFiles } from './changed-files.ts';
import { choosePackages } from './choose-packages.ts';
import type { DebianFacts } from './debian-facts.ts';
import { type EtcCopy, isSecret } from './etc-copy.ts';
import { type LeftOut, leaveOut, leftOutReasons } from './left-out.ts';
import { readLooseFiles } from './loose-files.ts';

/** What a declaration says that makes an installed Debian again. */
export interface ConvertedDebian {
  suite: string;
  hostName: string | undefined;
  kernelPackage: string | undefined;
  systemPackages: readonly string[];
  /** What is only there because others recommend it. */
  recommended: readonly string[];
  /** Sorted by path. */
  copies: readonly EtcCopy[];
  /** In the order of `leftOutReasons`, each kind once. */
  leftOut: readonly LeftOut[];
}

/** A starter that declares an installed Debian, in place of the kernel that it boots. Pure. */
export function asDebian(facts: StarterFacts, debian: ConvertedDebian): StarterFacts {
  const { suite, hostName, kernelPackage, systemPackages, recommended, copies } = debian;
  return {
    ...facts,
    hostName: hostName ?? facts.hostName,
    source: { builder: 'debian', suite, kernelPackage, systemPackages, recommended, isNew: false },
    etc: sectionsOf(copies),
  };
}

/** The sections of copied files whose owner or mode is not what a file of a declaration has. */
function sectionsOf(copies: readonly EtcCopy[]): StarterEtc[] {
  return copies.flatMap(copy => {
    if (copy.kind === 'link') return [];
    const { path, user, group } = copy;
    const section: StarterEtc = {
      path,
      // Not every way of keeping a declaration keeps modes.
      mode: isUsual(copy.mode) ? undefined : copy.mode.toString(8).padStart(4, '0'),
      user: user === 'root' ? undefined : user,
      group: group === 'root' ? undefined : group,
    };
    const isNeeded = section.mode ?? section.user ?? section.group;
    return isNeeded === undefined ? [] : [section];
  });
}

function isUsual(mode: number): boolean {
  return [0o444, 0o555, 0o644, 0o755].includes(mode);
}

/**
 * Makes a declaration of an installed Debian: its packages, and what is its own in /etc.
 *
 * @param mounted where file systems are mounted that the hardware module declares
 */
export function convertDebian(
  root: Root,
  facts: DebianFacts,
  mounted: ReadonlySet<string>,
): ConvertedDebian {
  const { kernelPackage, systemPackages, recommended, unwanted, leftOut } = choosePackages(facts);
  const changed = readChangedFiles(root, facts.packages, unwanted);
  const conffiles = facts.packages.flatMap(each => each.conffiles.map(({ path }) => path));
  const known = [...conffiles.map(belowEtc), ...changed.copies.map(({ path }) => path)];
  const loose = readLooseFiles(root, new Set([...known, ...changed.unchanged]), facts.hostName);
  const copies = [...changed.copies, ...loose.copies].toSorted((left, right) =>
    left.path < right.path ? -1 : 1,
  );
  return {
    suite: facts.suite,
    hostName: facts.hostName,
    kernelPackage,
    systemPackages,
    recommended,
    copies,
    leftOut: gathered([
      ...leftOut,
      ...changed.leftOut,
      ...loose.leftOut,
      ...leaveOut(
        'secretFiles',
        copies.filter(isSecret).map(({ path }) => `/etc/${path}`),
      ),
      ...leaveOut('alternatives', facts.chosenAlternatives),
      ...leaveOut('diversions', facts.localDiversions),
      ...leaveOut('localPrograms', facts.localPrograms),
      ...leaveOut(
        'fileSystems',
        facts.mountPoints.filter(place => !mounted.has(place)),
      ),
      ...leaveOut('locales', facts.locales),
      ...leaveOut('users', facts.users),
      ...leaveOut('systemUsers', facts.systemUsers),
    ]),
  };
}

function belowEtc(path: string): string {
  return path.replace(/^\/etc\//, '');
}

function gathered(leftOut: readonly LeftOut[]): LeftOut[] {
  const kinds = Object.keys(leftOutReasons) as (keyof typeof leftOutReasons)[];
  return kinds.flatMap(kind =>
    leaveOut(
      kind,
      leftOut.filter(each => each.kind === kind).flatMap(({ items }) => items),
    ),
  );
}
