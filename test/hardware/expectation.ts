import type { Facts } from '../../src/hardware/facts/facts.ts';
import type { BootChain } from '../../src/hardware/module/boot-chain.ts';
import type { Definition, HardwareModule } from '../../src/hardware/module/hardware-module.ts';

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * What a person says that genctl has to find out of a machine: hw-fixtures/NAME/expected.json,
 * whose README tells how it is written.
 */
export interface Expectation {
  /** Parts of the facts; `null` at a name: nothing of that name. */
  readonly facts?: { readonly [key: string]: Json };
  /**
   * Names of modules along each chain, the file system first; in any order where a chain has
   * several branches. Every chain that is needed to boot has to be here.
   */
  readonly chains?: Readonly<Record<string, Modules>>;
  /** All that is in the module, by option. */
  readonly module: { readonly [option: string]: Json };
  /** Subjects that are to be named as left out. */
  readonly leftOut?: readonly string[];
  /** Words that have to be in what the source cannot tell. */
  readonly unknown?: readonly string[];
  /** Null: no kernel to look modules up in, as on machines that Debian's amd64 one is not for. */
  readonly kernel?: null;
  /** Why the delicate ones are as they are. */
  readonly why?: Readonly<Record<string, string>>;
}

type Modules = readonly string[] | { readonly inAnyOrder: readonly string[] };

export interface Found {
  readonly facts: Facts;
  readonly chains: readonly BootChain[];
  readonly module: HardwareModule;
}

/** In what the program's account of a machine differs from what is expected; one clause each. */
export function checkExpectation(expected: Expectation, found: Found): readonly string[] {
  return [
    ...differences('facts', expected.facts ?? {}, keyedFacts(found.facts)),
    ...chainDifferences(expected.chains ?? {}, found.chains),
    ...moduleDifferences(expected.module, moduleByOption(found.module)),
    ...(expected.leftOut ?? [])
      .filter(subject => !found.module.omissions.some(omission => omission.subject === subject))
      .map(subject => `left out: ${subject} is not named`),
    ...(expected.unknown ?? [])
      .filter(word => !found.facts.unknown.some(clause => clause.includes(word)))
      .map(word => `unknown: nothing says ${word}`),
  ];
}

/** The facts with their lists by what a person calls the elements. */
function keyedFacts(facts: Facts): Json {
  const keyed = {
    ...facts,
    devices: byKey(facts.devices, device => `${device.bus}/${device.name}`),
    blockDevices: byKey(facts.blockDevices, device => device.name),
    // Of several at one place the last one is what is seen.
    mounts: byKey(facts.mounts, mount => mount.mountPoint),
    swaps: byKey(facts.swaps, swap => swap.path),
    networkInterfaces: byKey(facts.networkInterfaces, each => each.name),
    keyboards: facts.keyboards.map(({ title }) => title).toSorted(),
    tpms: facts.tpms.map(({ name }) => name),
  };
  return JSON.parse(JSON.stringify(keyed));
}

function byKey<T>(list: readonly T[], key: (element: T) => string): Record<string, T> {
  return Object.fromEntries(list.map(element => [key(element), element]));
}

/** Every field that is stated has to be equal; what is not stated may be anything. */
function differences(at: string, expected: Json, found: Json | undefined): readonly string[] {
  if (isRecord(expected)) {
    const inside = isRecord(found) ? found : undefined;
    if (inside === undefined) return [`${at}: expected ${text(expected)}, found ${text(found)}`];
    return Object.entries(expected).flatMap(([key, value]) =>
      differences(`${at}.${key}`, value, inside[key]),
    );
  }
  if (text(expected) === text(found) || (expected === null && found === undefined)) return [];
  return [`${at}: expected ${text(expected)}, found ${text(found)}`];
}

function chainDifferences(
  expected: Readonly<Record<string, Modules>>,
  found: readonly BootChain[],
): readonly string[] {
  const modules = new Map(
    found.map(chain => {
      const names = chain.links.flatMap(link => link.modules.map(({ name }) => name));
      return [chain.subject, [...new Set(names)]];
    }),
  );
  return [
    ...Object.entries(expected).flatMap(([subject, wanted]) => {
      const names = modules.get(subject);
      if (names === undefined) return [`chains: there is none of ${subject}`];
      const [one, other] =
        'inAnyOrder' in wanted ? [wanted.inAnyOrder.toSorted(), names.toSorted()] : [wanted, names];
      return differences(`chains.${subject}`, one, other);
    }),
    ...found
      .filter(({ subject, neededToBoot }) => neededToBoot && !(subject in expected))
      .map(({ subject }) => `chains: ${subject} is needed to boot, and not expected`),
  ];
}

/** Equal in both directions: what is in a module and should not be can keep a machine from booting. */
function moduleDifferences(
  expected: { readonly [option: string]: Json },
  found: { readonly [option: string]: Json },
): readonly string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].flatMap(option =>
    exactDifferences(option, expected[option], found[option]),
  );
}

function exactDifferences(
  at: string,
  expected: Json | undefined,
  found: Json | undefined,
): readonly string[] {
  if (isRecord(expected) && isRecord(found)) {
    return [...new Set([...Object.keys(expected), ...Object.keys(found)])].flatMap(key =>
      exactDifferences(`${at}.${key}`, expected[key], found[key]),
    );
  }
  if (text(expected) === text(found)) return [];
  return [`${at}: expected ${text(expected)}, found ${text(found)}`];
}

/** Options whose next part is a name of the machine's own: they are maps in an expectation. */
const maps: readonly (readonly string[])[] = [
  ['fileSystems'],
  ['swapDevices'],
  ['boot', 'initrd', 'luks', 'devices'],
];

/** A module as a person reads it: values and sorted lists by option, expressions as their Nix. */
function moduleByOption(module: HardwareModule): { readonly [option: string]: Json } {
  const options: Record<string, Json> = {};
  for (const definition of module.definitions) {
    const map = maps.find(path => path.every((part, at) => definition.option[at] === part));
    if (map === undefined) {
      put(options, definition.option.join('.'), definition);
      continue;
    }
    const entries = recordAt(options, map.join('.'));
    const entry = recordAt(entries, definition.option[map.length] ?? '');
    put(entry, definition.option.slice(map.length + 1).join('.'), definition);
  }
  return JSON.parse(JSON.stringify(options));
}

function put(into: Record<string, Json>, key: string, definition: Definition): void {
  const { value } = definition;
  const plain = typeof value === 'object' ? value.nix : value;
  if (definition.kind === 'value') into[key] = plain;
  else into[key] = [...listAt(into, key), String(plain)].toSorted();
}

function listAt(from: Readonly<Record<string, Json>>, key: string): readonly string[] {
  const found = from[key];
  return isList(found) ? found.map(String) : [];
}

function recordAt(from: Record<string, Json>, key: string): Record<string, Json> {
  const found = from[key];
  const record = isRecord(found) ? { ...found } : {};
  from[key] = record;
  return record;
}

function isRecord(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !isList(json);
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

/** The order of keys says nothing. */
function text(json: Json | undefined): string {
  if (json === undefined) return 'nothing';
  if (isList(json)) return `[${json.map(text).join(', ')}]`;
  if (!isRecord(json)) return JSON.stringify(json);
  const entries = Object.entries(json).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, value]) => `${key}: ${text(value)}`).join(', ')}}`;
}
