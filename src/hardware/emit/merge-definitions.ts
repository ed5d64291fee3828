import type { Definition } from '../module/hardware-module.ts';

/**
 * The definitions with each said once: what comes up again adds its reasons to the first.
 *
 * @throws Error where an option with one value has two: whoever planned the module is wrong
 */
export function mergeDefinitions(definitions: readonly Definition[]): Definition[] {
  const merged = new Map<string, Definition>();
  for (const definition of definitions) {
    const item = definition.kind === 'item' ? [definition.value] : [];
    const key = JSON.stringify([definition.option, ...item]);
    const first = merged.get(key);
    if (first !== undefined && !isSame(first, definition)) {
      throw new Error(`the module has two values for ${JSON.stringify(definition.option)}`);
    }
    merged.set(key, first === undefined ? definition : withReasonsOf(first, definition));
  }
  return [...merged.values()];
}

function isSame(left: Definition, right: Definition): boolean {
  return left.kind === right.kind && JSON.stringify(left.value) === JSON.stringify(right.value);
}

function withReasonsOf(first: Definition, again: Definition): Definition {
  return {
    ...first,
    because: [...new Set([...first.because, ...again.because])],
    neededToBoot: first.neededToBoot || again.neededToBoot,
  };
}
