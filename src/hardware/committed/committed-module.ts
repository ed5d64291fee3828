import { mergeDefinitions } from '../emit/merge-definitions.ts';
import { expressionText, standIns } from '../emit/nix-expressions.ts';
import { optionName } from '../emit/option-name.ts';
import type { Definition, HardwareModule } from '../module/hardware-module.ts';

export type CommittedValue = string | number | boolean | readonly string[];

/**
 * What a module's file says, whatever its language: values by the names of their options as
 * `optionName` writes them. Lists are as long as they are said; one that is empty is not there.
 */
export type CommittedModule = ReadonlyMap<string, CommittedValue>;

/** A module as it is read back from the file that it is written into. */
export function flatten(module: HardwareModule): CommittedModule {
  const flat = new Map<string, CommittedValue>();
  const lists = new Map<string, string[]>();
  for (const definition of mergeDefinitions(module.definitions)) {
    const key = optionName(definition.option);
    const value = readBack(definition.value);
    if (definition.kind === 'value') {
      flat.set(key, value);
      continue;
    }
    const list = lists.get(key) ?? [];
    lists.set(key, list);
    flat.set(key, list);
    list.push(String(value));
  }
  return flat;
}

/** A value as it is read back: an expression as what stands in for it. */
export function readBack(value: Definition['value']): string | number | boolean {
  if (typeof value !== 'object') return value;
  expressionText(value);
  return standIns[value.nix];
}
