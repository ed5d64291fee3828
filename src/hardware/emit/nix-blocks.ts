import { isNixText, nixString } from '../../template.ts';
import type {
  Definition,
  HardwareModule,
  NixExpression,
  Omission,
  OptionPath,
} from '../module/hardware-module.ts';
import { reasonLines } from './comment-lines.ts';
import { mergeDefinitions } from './merge-definitions.ts';
import { families, type Member, memberOf } from './option-family.ts';
import { isPlainName, optionName } from './option-name.ts';

type NixValue = string | number | boolean | NixExpression;

/** An option and its value, as it stands in the file or within a set. */
export interface NixAssignment {
  /** A single short reason stands behind it, others above. */
  readonly above: readonly string[];
  readonly behind: string | undefined;
  /** As Nix reads it. */
  readonly path: string;
  readonly isDefault: boolean;
  readonly value: NixValue | readonly NixValue[];
}

/** One element of a list. */
export interface NixItem {
  readonly value: NixValue;
  /** A single reason stands behind it, several above. */
  readonly above: readonly string[];
  readonly behind: string | undefined;
}

interface Block {
  /** Whether an empty line stands above it. */
  readonly isApart: boolean;
  /** The option's path as Nix reads it. */
  readonly path: string;
}

/** What stands in the file between two semicolons. */
export type NixBlock =
  | (Block & { readonly kind: 'list'; readonly items: readonly NixItem[] })
  | (Block & { readonly kind: 'value'; readonly assignment: NixAssignment })
  | (Block & { readonly kind: 'set'; readonly members: readonly NixAssignment[] })
  | (Block & {
      readonly kind: 'sets';
      /** Within braces on one line there is no room for reasons: they stand above it. */
      readonly sets: readonly { above: readonly string[]; members: readonly NixAssignment[] }[];
    });

/** Behind a device's name longer ones would leave the screen; in characters. */
const shortReason = 16;

/** The lists that a hardware-configuration.nix always has, in their order. */
const usualLists: readonly OptionPath[] = [
  ['boot', 'initrd', 'availableKernelModules'],
  ['boot', 'initrd', 'kernelModules'],
  ['boot', 'kernelModules'],
  ['boot', 'extraModulePackages'],
];

interface Group {
  readonly kind: NixBlock['kind'];
  readonly option: OptionPath;
  readonly definitions: Definition[];
}

/** What a file of Nix says of a module. */
export interface NixContent {
  readonly blocks: readonly NixBlock[];
  /** What was seen and is not there, what no file of Nix can hold among it. */
  readonly omissions: readonly Omission[];
}

/**
 * Lays a module out for Nix, in its own order: what belongs to one file system is one set, all
 * swap devices are one list, and the usual lists are there even where they are empty.
 */
export function nixContent(module: HardwareModule): NixContent {
  const definitions = mergeDefinitions(module.definitions);
  const unwritable = definitions.filter(definition => !isWritable(definition));
  const groups = new Map<string, Group>();
  for (const definition of definitions.filter(isWritable)) {
    const { kind, option } = placeOf(definition);
    const key = optionName(option);
    const group = groups.get(key) ?? { kind, option, definitions: [] };
    groups.set(key, group);
    group.definitions.push(definition);
  }
  const blocks = withUsualSwaps(withUsualLists([...groups.values()])).map(blockOf);
  return {
    blocks: blocks.map((block, at) => {
      const above = blocks[at - 1];
      return { ...block, isApart: above !== undefined && (isLong(above) || isLong(block)) };
    }),
    omissions: [
      ...module.omissions,
      ...unwritable.map(({ option }) => ({
        subject: optionName(option),
        reason: 'no file of Nix can hold its text',
      })),
    ],
  };
}

function isWritable({ option, value }: Definition): boolean {
  return option.every(isNixText) && (typeof value !== 'string' || isNixText(value));
}

function placeOf(definition: Definition): Pick<Group, 'kind' | 'option'> {
  const member = memberOf(definition.option);
  if (member?.family === 'swapDevices') return { kind: 'sets', option: families.swapDevices };
  if (member?.family === 'fileSystems') {
    return { kind: 'set', option: [...families.fileSystems, member.name] };
  }
  return { kind: definition.kind === 'item' ? 'list' : 'value', option: definition.option };
}

function withUsualLists(groups: readonly Group[]): Group[] {
  const all = [...groups];
  let place = all.findIndex(({ option }) => optionName(option) === 'imports') + 1;
  for (const option of usualLists) {
    const name = optionName(option);
    const there = all.findIndex(group => optionName(group.option) === name);
    if (there === -1) all.splice(place, 0, { kind: 'list', option, definitions: [] });
    place = (there === -1 ? place : there) + 1;
  }
  return all;
}

/** A module that says what is mounted says also that nothing is swapped to. */
function withUsualSwaps(groups: readonly Group[]): Group[] {
  const last = groups.findLastIndex(({ option }) => option[0] === 'fileSystems');
  if (last === -1 || groups.some(({ kind }) => kind === 'sets')) return [...groups];
  const none: Group = { kind: 'sets', option: families.swapDevices, definitions: [] };
  return [...groups.slice(0, last + 1), none, ...groups.slice(last + 1)];
}

function blockOf({ kind, option, definitions }: Group): NixBlock {
  const block = { isApart: false, path: nixPath(option) };
  switch (kind) {
    case 'list':
      return { ...block, kind, items: definitions.map(itemOf) };
    case 'set':
      return { ...block, kind, members: assignments(definitions, restOf) };
    case 'sets':
      return { ...block, kind, sets: setsOf(definitions) };
    case 'value': {
      const [assignment] = assignments(definitions, definition => definition.option);
      if (assignment === undefined) throw new Error('a value without a definition');
      const { above, behind } = assignment;
      const reasons = behind === undefined ? above : [behind];
      return { ...block, kind, assignment: { ...assignment, above: reasons, behind: undefined } };
    }
  }
}

function itemOf(definition: Definition): NixItem {
  return { value: definition.value, ...placed(reasonLines(definition)) };
}

function placed(reasons: readonly string[]): Pick<NixItem, 'above' | 'behind'> {
  return reasons.length > 1
    ? { above: reasons, behind: undefined }
    : { above: [], behind: reasons[0] };
}

function setsOf(definitions: readonly Definition[]) {
  const byName = new Map<string, Definition[]>();
  for (const definition of definitions) {
    const name = memberOf(definition.option)?.name ?? '';
    byName.set(name, [...(byName.get(name) ?? []), definition]);
  }
  return [...byName.values()].map(own => {
    return { above: [...new Set(own.flatMap(reasonLines))], members: assignments(own, restOf) };
  });
}

function restOf({ option }: Definition): OptionPath {
  return (memberOf(option) as Member).rest;
}

/** What stands in one set, items of one list together. */
function assignments(
  definitions: readonly Definition[],
  pathOf: (definition: Definition) => OptionPath,
): NixAssignment[] {
  const byPath = new Map<string, Definition[]>();
  for (const definition of definitions) {
    const path = nixPath(pathOf(definition));
    byPath.set(path, [...(byPath.get(path) ?? []), definition]);
  }
  return [...byPath].map(([path, own]) => {
    const reasons = [...new Set(own.flatMap(reasonLines))];
    const [first] = own;
    const isDefault = first?.kind === 'value' && first.isDefault;
    const value = first?.kind === 'value' ? first.value : own.map(item => item.value);
    const isShort = reasons.length === 1 && (reasons[0] ?? '').length <= shortReason;
    const places = isShort ? placed(reasons) : { above: reasons, behind: undefined };
    return { ...places, path, isDefault, value };
  });
}

/** Names that come from the machine are always quoted, as people know them; others where needed. */
function nixPath(option: OptionPath): string {
  const named = (['fileSystems', 'boot.initrd.luks.devices'] as const).find(family =>
    families[family].every((part, at) => option[at] === part),
  );
  const nameAt = named === undefined ? -1 : families[named].length;
  return option
    .map((part, at) => (at !== nameAt && isPlainName(part) ? part : nixString(part)))
    .join('.');
}

function isLong(block: NixBlock): boolean {
  switch (block.kind) {
    case 'list':
      return isLongList(block.items);
    case 'set':
      return true;
    case 'sets':
      return block.sets.length > 0;
    case 'value':
      return block.assignment.above.length > 0;
  }
}

/** Elements with reasons stand in lines of their own. */
export function isLongList(items: readonly NixItem[]): boolean {
  return items.some(({ above, behind }) => above.length > 0 || behind !== undefined);
}
