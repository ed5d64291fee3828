import type { DebianFacts } from './debian-facts.ts';
import type { InstalledPackage } from './installed-packages.ts';
import { type LeftOut, type LeftOutKind, leaveOut } from './left-out.ts';

/** The packages that a declaration names. */
export interface ChosenPackages {
  /** Undefined where no kernel is installed as a package. */
  kernelPackage: string | undefined;
  /** Sorted. */
  systemPackages: readonly string[];
  /** Names of what is only there because others recommend it, without what these depend on. */
  recommended: readonly string[];
  /** Names of all that is left out for what it is, and whose files are of no use. */
  unwanted: ReadonlySet<string>;
  leftOut: readonly LeftOut[];
}

/**
 * Chooses what to declare: what somebody has asked for, without what is essential, what genctl
 * brings itself, and what cannot be built from Debian's packages. Pure.
 */
export function choosePackages(facts: DebianFacts): ChosenPackages {
  const native = facts.packages.filter(({ architecture }) =>
    ['all', facts.architecture].includes(architecture),
  );
  const foreign = facts.packages.filter(each => !native.includes(each));
  const asked = native.filter(each => !each.isEssential && isAskedFor(each, facts));

  const apart = new Map<LeftOutKind, string[]>();
  const candidates: InstalledPackage[] = [];
  for (const each of asked) {
    const kind = whyNot(each, facts);
    if (kind === undefined) candidates.push(each);
    else apart.set(kind, [...(apart.get(kind) ?? []), each.name]);
  }

  const byName = new Map(native.map(each => [each.name, each]));
  const libraries = librariesOfOthers(candidates, byName);
  const chosen = candidates.filter(each => !libraries.has(each.name));
  const kernelPackage = kernelOf(native);
  const unwanted = new Set(native.filter(each => whyNot(each, facts) !== undefined).map(nameOf));
  const roots = [...chosen, ...native.filter(({ isEssential }) => isEssential)].map(nameOf);
  const along = closure(roots, byName, needs);
  const worth = closure(roots, byName, ({ depends, recommends }) => [...depends, ...recommends]);
  const extra = native.filter(
    ({ name }) => worth.has(name) && !along.has(name) && !unwanted.has(name),
  );
  const needed = new Set(extra.flatMap(needs));

  return {
    kernelPackage,
    systemPackages: chosen.map(nameOf),
    recommended: extra.map(nameOf).filter(name => !needed.has(name)),
    unwanted,
    leftOut: [
      ...[...apart].flatMap(([kind, names]) =>
        leaveOut(
          kind,
          names.filter(name => name !== kernelPackage),
        ),
      ),
      ...leaveOut('foreignArchitecture', foreign.map(fullName)),
      ...leaveOut('otherVersion', namesOfOrigin(chosen, facts, 'newer-than-debian')),
      ...leaveOut('unknownOrigin', facts.origins === undefined ? ['apt'] : []),
      ...leaveOut('held', chosen.filter(({ isHeld }) => isHeld).map(nameOf)),
      ...leaveOut('libraries', libraries),
      ...leaveOut('recommended', extra.map(nameOf)),
      ...leaveOut(
        'unneeded',
        native.map(nameOf).filter(name => !worth.has(name) && !unwanted.has(name)),
      ),
    ],
  };
}

/** apt has packages for all architectures under that of the machine. */
export function isAskedFor(
  { name, architecture }: InstalledPackage,
  facts: Pick<DebianFacts, 'architecture' | 'autoInstalled'>,
): boolean {
  const own = architecture === 'all' ? facts.architecture : architecture;
  return !facts.autoInstalled.has(`${name} ${own}`);
}

/** Why a package is not declared whoever has asked for it; undefined where it can be. */
function whyNot({ name }: InstalledPackage, { origins }: DebianFacts): LeftOutKind | undefined {
  if (/^dkms$|-dkms$/.test(name)) return 'dkms';
  if (/^linux-(?:image|headers|modules|kbuild)-/.test(name)) return 'kernels';
  if (/^(?:grub\d*|shim|systemd-boot|syslinux|extlinux|lilo|refind)(?:$|-)/.test(name)) {
    return 'loaders';
  }
  if (/^(?:initramfs-tools|dracut|tiny-initramfs|booster)(?:$|-)/.test(name)) return 'initrds';
  const origin = origins?.get(name);
  if (origin === 'third-party') return 'thirdParty';
  return origin === 'local' ? 'local' : undefined;
}

/** The package of a kernel that stays the newest one, else that of the newest kernel there is. */
function kernelOf(packages: readonly InstalledPackage[]): string | undefined {
  const images = packages
    .map(nameOf)
    .filter(name => name.startsWith('linux-image-') && !name.endsWith('-dbg'));
  const following = images.filter(name => !/^linux-image-(?:unsigned-)?\d/.test(name));
  const newestFirst = images.toSorted((left, right) =>
    right.localeCompare(left, 'en', { numeric: true }),
  );
  return following[0] ?? newestFirst[0];
}

/**
 * Libraries that were asked for by name, and that something else which was asked for needs anyway:
 * debootstrap marks nothing as having come along.
 */
function librariesOfOthers(
  asked: readonly InstalledPackage[],
  byName: ReadonlyMap<string, InstalledPackage>,
): ReadonlySet<string> {
  const isLibrary = ({ section }: InstalledPackage): boolean =>
    section === 'libs' || section === 'oldlibs';
  const others = asked.filter(each => !isLibrary(each)).map(nameOf);
  const needed = closure(others, byName, needs);
  return new Set(asked.filter(isLibrary).flatMap(({ name }) => (needed.has(name) ? [name] : [])));
}

/** Names of packages, and of all that these lead to. */
function closure(
  names: readonly string[],
  byName: ReadonlyMap<string, InstalledPackage>,
  next: (from: InstalledPackage) => readonly string[],
): ReadonlySet<string> {
  const found = new Set<string>();
  const todo = [...names];
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const there = byName.get(name);
    if (there !== undefined) todo.push(...next(there));
  }
  return found;
}

function needs({ depends }: InstalledPackage): readonly string[] {
  return depends;
}

function nameOf({ name }: InstalledPackage): string {
  return name;
}

function namesOfOrigin(
  packages: readonly InstalledPackage[],
  { origins }: DebianFacts,
  origin: string,
): string[] {
  return packages.map(nameOf).filter(name => origins?.get(name) === origin);
}

function fullName({ name, architecture }: InstalledPackage): string {
  return `${name}:${architecture}`;
}
