import type { Collected } from './collect-definitions.ts';
import type { Configuration, Declaration, ValuesByName } from './declaration.ts';
import { loaderProblems, type SaidOptions } from './loader-problems.ts';
import { type MergedOptions, mergeDefinitions, mergeOnTop, slotName } from './merge-definitions.ts';
import { type OptionName, optionsOf, type SectionName, type Values } from './option-table.ts';
import { DeclarationError } from './problem.ts';
import type { SubjectSection } from './section-subjects.ts';
import { undeclaredEsps } from './undeclared-esp.ts';

/**
 * Makes a declaration of what its files say. All that is wrong with it is thrown as one
 * DeclarationError.
 */
export function resolveDeclaration(collected: Collected): Declaration {
  const { merged: mainMerged, problems: mainProblems } = mergeDefinitions(
    collected.main.definitions,
  );
  const main: SaidOptions = { merged: mainMerged, named: collected.main.named };
  let problems = [...collected.problems, ...mainProblems, ...loaderProblems(main, main)];

  const layers = new Map<string, SaidOptions>();
  for (const [name, said] of sorted(collected.specialisations)) {
    const own = mergeDefinitions(said.definitions);
    const layer: SaidOptions = {
      merged: mergeOnTop(main.merged, own.merged),
      named: [...main.named, ...said.named],
    };
    problems = [
      ...problems,
      ...own.problems,
      ...loaderProblems(layer, { merged: own.merged, named: said.named }),
    ];
    layers.set(name, layer);
  }
  if (problems.length > 0) throw DeclarationError.of(problems);

  return deepFreeze({
    ...configurationOf(main),
    specialisations: withoutPrototype(
      [...layers].map(([name, layer]) => [name, configurationOf(layer)] as const),
    ),
    files: collected.files,
    origin(option, { specialisation, item = 0, subject } = {}) {
      const merged =
        specialisation === undefined ? main.merged : layers.get(specialisation)?.merged;
      return merged?.get(slotOf(option, subject))?.origins[item];
    },
  } satisfies Declaration);
}

const espSlot = slotName('boot.loader', 'efiSysMountPoint', undefined);

function configurationOf({ merged, named }: SaidOptions): Configuration {
  const subjects = subjectsOf({ merged, named });
  const said = new Set([...merged.values()].map(({ section }) => section));
  // Of thousands of specialisations each says something of one section or two.
  const inSection = <S extends SectionName>(section: S): Values<S> =>
    said.has(section) ? valuesOf(section, merged) : unsaid(section);
  const byName = <S extends SubjectSection>(section: S): ValuesByName<S> => {
    const named = subjects.get(section);
    if (named === undefined) return nobody;
    return withoutPrototype(
      [...named].toSorted().map(subject => [subject, valuesOf(section, merged, subject)] as const),
    );
  };
  return {
    system: inSection('system'),
    environment: inSection('environment'),
    networking: inSection('networking'),
    boot: {
      ...inSection('boot'),
      loader: {
        ...inSection('boot.loader'),
        ...(merged.has(espSlot) ? {} : { efiSysMountPoint: undeclaredEsps(merged) }),
        efi: inSection('boot.loader.efi'),
        grub: {
          ...inSection('boot.loader.grub'),
          users: byName('boot.loader.grub.users'),
          mirroredBoots: byName('boot.loader.grub.mirroredBoots'),
        },
      },
      initrd: {
        ...inSection('boot.initrd'),
        luks: { devices: byName('boot.initrd.luks.devices') },
        services: {
          bcache: inSection('boot.initrd.services.bcache'),
          lvm: inSection('boot.initrd.services.lvm'),
        },
      },
      swraid: inSection('boot.swraid'),
    },
    gc: inSection('gc'),
    users: { users: byName('users.users') },
    activation: inSection('activation'),
    etc: byName('etc'),
    fileSystems: byName('fileSystems'),
    swapDevices: byName('swapDevices'),
    zramSwap: valuesOf('zramSwap', merged),
    nixpkgs: inSection('nixpkgs'),
  };
}

/** What stands in the quotes of headers, by section. */
function subjectsOf({ merged, named }: SaidOptions): ReadonlyMap<SectionName, ReadonlySet<string>> {
  const subjects = new Map<SectionName, Set<string>>();
  for (const { section, subject } of [...merged.values(), ...named]) {
    if (subject === undefined) continue;
    const there = subjects.get(section);
    if (there === undefined) subjects.set(section, new Set([subject]));
    else there.add(subject);
  }
  return subjects;
}

/** The values of a section; that they are of the right types, the types of the table saw to. */
function valuesOf<S extends SectionName>(
  section: S,
  merged: MergedOptions,
  subject?: string,
): Values<S> {
  const values = Object.entries(optionsOf(section)).map(([key, option]) => {
    const found = merged.get(slotName(section, key, subject));
    if (found === undefined) return [key, option.fallback] as const;
    return [key, option.kind === 'list' ? found.values : found.values[0]] as const;
  });
  return Object.fromEntries(values) as Values<S>;
}

/** Of sections of which nobody says anything, by their names: the same for every configuration. */
const unsaidSections = new Map<SectionName, unknown>();

function unsaid<S extends SectionName>(section: S): Values<S> {
  const known = unsaidSections.get(section);
  if (known !== undefined) return known as Values<S>;
  const values = deepFreeze(valuesOf(section, new Map()));
  unsaidSections.set(section, values);
  return values;
}

function slotOf(option: OptionName, subject: string | undefined): string {
  return subject === undefined ? option : `${option} ${subject}`;
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

/** What there is by name where nothing is. */
const nobody = Object.freeze(withoutPrototype<never>([]));

/** Names come from files: in an object without a prototype none of them means anything. */
function withoutPrototype<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
