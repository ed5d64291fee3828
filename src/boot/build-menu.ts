import type { Bootspec } from '../bootspec/bootspec.ts';
import { type Generation, type Profile, systemProfile } from '../generations/generation.ts';
import type { FileDigest } from '../transaction/step.ts';
import type { Blob, EntryKey, Menu, MenuDefault, MenuEntry, MenuSettings } from './menu.ts';

/** A generation that can boot: one whose system is readable and complete. */
export interface BootableGeneration {
  profile: string;
  number: number;
  madeAtSeconds: number;
  bootspec: Bootspec;
}

export interface MenuWish {
  profiles: readonly Profile[];
  /** At most so many of the newest generations of each profile; undefined for all. */
  configurationLimit: number | undefined;
  /** Generations that are in the menu whatever the limit says. */
  always: readonly EntryKey[];
}

/**
 * The generations that a menu shall show: of each profile the newest ones, and those that must
 * be there. Generations that cannot boot take nobody's place. Newest first.
 */
export function chooseGenerations(wish: MenuWish): BootableGeneration[] {
  return wish.profiles.flatMap(profile => {
    const bootable = profile.generations.flatMap(toBootable).toReversed();
    const limit = wish.configurationLimit ?? bootable.length;
    return bootable.filter(
      (generation, index) =>
        index < limit ||
        wish.always.some(
          key => key.profile === generation.profile && key.number === generation.number,
        ),
    );
  });
}

function toBootable(generation: Generation): BootableGeneration[] {
  if (!('bootspec' in generation.system)) return [];
  const { profile, number, madeAtSeconds } = generation;
  return [{ profile, number, madeAtSeconds, bootspec: generation.system.bootspec }];
}

/** All files that some generations need on the boot partition, by where they come from. */
export function blobSources(generations: readonly BootableGeneration[]): Set<string> {
  const sources = new Set<string>();
  const visit = (bootspec: Bootspec): void => {
    sources.add(bootspec.kernel);
    for (const initrd of bootspec.initrds) sources.add(initrd);
    if (bootspec.devicetree !== undefined) sources.add(bootspec.devicetree);
    for (const inner of bootspec.specialisations.values()) visit(inner);
  };
  for (const generation of generations) visit(generation.bootspec);
  return sources;
}

export interface MenuParts {
  /** Newest first, as `chooseGenerations` gives them. */
  generations: readonly BootableGeneration[];
  /** Size and hash of every blob source that the loader does not read from the store. */
  digests: ReadonlyMap<string, FileDigest>;
  default: MenuDefault | undefined;
  settings: MenuSettings;
  /** For systems that bring no sort key of their own. */
  sortKey: string;
  machineId: string | undefined;
}

/** Makes the menu. Pure: the same machine gives the same menu, to the byte. */
export function buildMenu(parts: MenuParts): Menu {
  const entries = parts.generations.flatMap(generation => entriesOf(generation, parts));
  return { entries, default: parts.default, settings: parts.settings };
}

/** A generation's own entry, then its specialisations by name. */
function entriesOf(generation: BootableGeneration, parts: MenuParts): MenuEntry[] {
  const { profile, number, bootspec } = generation;
  const own = toEntry({ profile, number }, String(number), bootspec, generation, parts);
  const names = [...bootspec.specialisations.keys()].toSorted();
  const special = names.map((specialisation, index) => {
    // UAPI.10 puts `12~…` before the plain `12`: versions go down, so the generation itself
    // comes first, and each specialisation sorts above the ones that follow it.
    const version = `${number}~${names.length - index}`;
    const inner = bootspec.specialisations.get(specialisation) as Bootspec;
    return toEntry({ profile, number, specialisation }, version, inner, generation, parts);
  });
  return [own, ...special];
}

function toEntry(
  key: EntryKey,
  version: string,
  bootspec: Bootspec,
  generation: BootableGeneration,
  parts: MenuParts,
): MenuEntry {
  const blob = (role: Blob['role'], source: string): Blob => ({
    role,
    source,
    digest: parts.digests.get(source),
  });
  const sortKey = bootspec.sortKey ?? parts.sortKey;
  return {
    key,
    title: titleOf(key, bootspec.label, generation.madeAtSeconds),
    sortKey: key.profile === systemProfile ? sortKey : `${sortKey}.${key.profile}`,
    version,
    ...(parts.machineId !== undefined && { machineId: parts.machineId }),
    linux: blob('linux', bootspec.kernel),
    initrds: bootspec.initrds.map(source => blob('initrd', source)),
    ...(bootspec.devicetree !== undefined && {
      devicetree: blob('devicetree', bootspec.devicetree),
    }),
    options: [`init=${bootspec.init}`, ...bootspec.kernelParams],
  };
}

function titleOf(key: EntryKey, label: string, madeAtSeconds: number): string {
  const day = new Date(madeAtSeconds * 1000).toISOString().slice(0, 10);
  const profile = key.profile === systemProfile ? '' : ` of ${key.profile}`;
  const special = key.specialisation === undefined ? '' : `, ${key.specialisation}`;
  return `${label} - generation ${key.number}${profile}${special} (${day})`;
}
