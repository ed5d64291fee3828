import type { Collected } from './collect-definitions.ts';
import type { Configuration, Declaration } from './declaration.ts';
import { type MergedOptions, mergeDefinitions, mergeOnTop, slotName } from './merge-definitions.ts';
import { mountPointProblems } from './mount-points.ts';
import { type OptionName, optionsOf, type SectionName, type Values } from './option-table.ts';
import { DeclarationError } from './problem.ts';

/**
 * Makes a declaration of what its files say. All that is wrong with it is thrown as one
 * DeclarationError.
 */
export function resolveDeclaration(collected: Collected): Declaration {
  const main = mergeDefinitions(collected.main);
  let problems = [
    ...collected.problems,
    ...main.problems,
    ...mountPointProblems(main.merged, main.merged),
  ];

  const layers = new Map<string, MergedOptions>();
  for (const [name, definitions] of sorted(collected.specialisations)) {
    const own = mergeDefinitions(definitions);
    const merged = mergeOnTop(main.merged, own.merged);
    problems = [...problems, ...own.problems, ...mountPointProblems(merged, own.merged)];
    layers.set(name, merged);
  }
  if (problems.length > 0) throw DeclarationError.of(problems);

  return deepFreeze({
    ...configurationOf(main.merged),
    specialisations: withoutPrototype(
      [...layers].map(([name, merged]) => [name, configurationOf(merged)] as const),
    ),
    files: collected.files,
    origin(option, { specialisation, item = 0, etcPath } = {}) {
      const merged = specialisation === undefined ? main.merged : layers.get(specialisation);
      return merged?.get(slotOf(option, etcPath))?.origins[item];
    },
  } satisfies Declaration);
}

function configurationOf(merged: MergedOptions): Configuration {
  const etcPaths = new Set<string>();
  for (const { subject } of merged.values()) if (subject !== undefined) etcPaths.add(subject);
  return {
    system: valuesOf('system', merged),
    networking: valuesOf('networking', merged),
    boot: { ...valuesOf('boot', merged), loader: valuesOf('boot.loader', merged) },
    gc: valuesOf('gc', merged),
    etc: withoutPrototype(
      [...etcPaths].toSorted().map(path => [path, valuesOf('etc', merged, path)] as const),
    ),
  };
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

function slotOf(option: OptionName, etcPath: string | undefined): string {
  return etcPath === undefined ? option : `${option} ${etcPath}`;
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

/** Names come from files: in an object without a prototype none of them means anything. */
function withoutPrototype<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
