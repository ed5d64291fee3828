import type { PackageControl } from './package-control.ts';
import type { Relation } from './relations.ts';

/** In which order packages are installed. */
export interface InstallOrder {
  /** Essential ones and all they need: unpacked together, configured together. */
  essential: readonly PackageControl[];
  /** The others: each batch has what it needs in itself and in those before it. */
  batches: readonly (readonly PackageControl[])[];
}

/**
 * Orders packages so that what one has to find configured before it is unpacked (Pre-Depends) is
 * in an earlier batch; within a batch dpkg orders by itself. Pure. The order of the packages given
 * decides nothing.
 *
 * @param installed names that are there and configured, with those they stand for: where there are
 *   any, essential packages are nothing special any more
 */
export function installOrder(
  packages: readonly PackageControl[],
  installed: ReadonlySet<string>,
): InstallOrder {
  const sorted = packages.toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
  const providers = providersOf(sorted);
  const essential =
    installed.size > 0 ? new Set<PackageControl>() : needed(sorted.filter(isEssential), providers);
  const done = new Set(installed);
  for (const one of essential) addNames(done, one);
  let rest = sorted.filter(one => !essential.has(one));
  const batches: PackageControl[][] = [];
  while (rest.length > 0) {
    const ready = readyAfter(rest, done, providers);
    // What needs each other before it is unpacked has no order; dpkg says what is wrong.
    const batch = ready.size > 0 ? rest.filter(one => ready.has(one)) : rest;
    batches.push(batch);
    for (const one of batch) addNames(done, one);
    rest = rest.filter(one => !batch.includes(one));
  }
  return { essential: [...essential], batches };
}

/** The names that a package answers to. */
export function namesOf({ name, provides }: Pick<PackageControl, 'name' | 'provides'>): string[] {
  return [name, ...provides];
}

function isEssential({ essential }: PackageControl): boolean {
  return essential;
}

function sortKey({ name, architecture }: PackageControl): string {
  return `${name} ${architecture}`;
}

function addNames(names: Set<string>, one: PackageControl): void {
  for (const name of namesOf(one)) names.add(name);
}

type Providers = ReadonlyMap<string, readonly PackageControl[]>;

function providersOf(packages: readonly PackageControl[]): Providers {
  const providers = new Map<string, PackageControl[]>();
  for (const one of packages) {
    for (const name of namesOf(one)) providers.set(name, [...(providers.get(name) ?? []), one]);
  }
  return providers;
}

/** Packages with all they need, directly or not, among those that are to be installed. */
function needed(packages: readonly PackageControl[], providers: Providers): Set<PackageControl> {
  const found = new Set(packages);
  // A set that grows while it is walked is walked to its new end.
  for (const { preDepends, depends } of found) {
    for (const relation of [...preDepends, ...depends]) {
      for (const provider of candidates(relation, providers)) found.add(provider);
    }
  }
  return found;
}

function candidates(relation: Relation, providers: Providers): readonly PackageControl[] {
  return relation.flatMap(name => providers.get(name) ?? []);
}

/**
 * Which packages can be unpacked and configured when some are: all they need before is among
 * those, and all they need afterwards is there too, or comes along.
 */
function readyAfter(
  rest: readonly PackageControl[],
  done: ReadonlySet<string>,
  providers: Providers,
): Set<PackageControl> {
  const isDone = (relation: Relation): boolean => relation.some(name => done.has(name));
  const ready = new Set(rest.filter(({ preDepends }) => preDepends.every(isDone)));
  for (let before = -1; before !== ready.size; ) {
    before = ready.size;
    for (const one of ready) {
      const hasAll = one.depends.every(
        relation =>
          isDone(relation) || candidates(relation, providers).some(other => ready.has(other)),
      );
      if (!hasAll) ready.delete(one);
    }
  }
  return ready;
}
