import type { Stanza } from '../debian/control-stanzas.ts';
import { parseRelations } from '../debian/tree/relations.ts';

/** What a hook, a script or a setting of initramfs-tools is below. */
const ownsHook = /^\/usr\/share\/initramfs-tools\/./m;

/**
 * Other files that go in, whoever owns them: rules of udev, what modprobe and the dynamic linker are
 * told, firmware, and what checks file systems.
 */
const ownsPart =
  /^(?:(?:\/usr)?\/lib\/(?:udev|modprobe\.d|firmware|systemd\/network)|\/etc\/(?:initramfs-tools|udev|modprobe\.d|ld\.so\.conf\.d))\/.|^(?:\/usr)?\/sbin\/fsck\../m;

/** An installed package, as the database of dpkg describes it. */
export interface InstalledPackage {
  /** Its paragraph of the status file. */
  readonly stanza: Stanza;
  /** The paths of its files, one a line. */
  readonly files: string;
}

/**
 * Which of the packages of a tree an initrd by initramfs-tools can come from: those that bring a
 * part of it, those that a hook may look for a program of, and all that these need. Pure.
 *
 * @param named packages that are in it in any case
 * @returns their names, sorted
 */
export function initramfsPackages(
  installed: readonly InstalledPackage[],
  named: readonly string[],
): readonly string[] {
  const stanzas = new Map(installed.map(one => [nameOf(one), one.stanza]));
  const providers = providersOf(stanzas);
  const related = (name: string, fields: readonly string[]): readonly string[] =>
    fields
      .flatMap(field => parseRelations(stanzas.get(name)?.get(field) ?? '').flat())
      .flatMap(other => [other, ...(providers.get(other) ?? [])])
      .filter(other => stanzas.has(other));
  const hooks = installed.filter(({ files }) => ownsHook.test(files)).map(nameOf);
  const parts = installed
    .filter(({ stanza, files }) => stanza.get('essential') === 'yes' || ownsPart.test(files))
    .map(nameOf);
  const asked = [...named, ...hooks].flatMap(name => [
    name,
    // A hook may look for a program of theirs.
    ...related(name, ['recommends', 'suggests']),
  ]);
  const all = new Set([...asked, ...parts].filter(name => stanzas.has(name)));
  // What is added while the set is walked is walked too.
  for (const name of all) {
    for (const needed of related(name, ['pre-depends', 'depends'])) all.add(needed);
  }
  return [...all].toSorted();
}

function nameOf({ stanza }: InstalledPackage): string {
  return stanza.get('package') ?? '';
}

/** Names of packages by what they provide. */
function providersOf(stanzas: ReadonlyMap<string, Stanza>): ReadonlyMap<string, string[]> {
  const providers = new Map<string, string[]>();
  for (const [name, stanza] of stanzas) {
    for (const provided of parseRelations(stanza.get('provides') ?? '').flat()) {
      providers.set(provided, [...(providers.get(provided) ?? []), name]);
    }
  }
  return providers;
}
