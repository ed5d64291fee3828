/** An option of the declaration that is declared otherwise. */
export interface OptionChange {
  /** `boot.loader.timeout`; names that are no plain words are in quotes. */
  option: string;
  /** As in system.json; undefined where it is not set. */
  from: unknown;
  to: unknown;
}

/**
 * The options in which two resolved declarations differ, as system.json has them, by name.
 * Lists are values as a whole. Pure.
 */
export function diffOptions(before: unknown, after: unknown): OptionChange[] {
  const from = new Map(optionsOf(before, []));
  const to = new Map(optionsOf(after, []));
  return [...new Set([...from.keys(), ...to.keys()])]
    .toSorted()
    .map(option => ({ option, from: from.get(option), to: to.get(option) }))
    .filter(change => JSON.stringify(change.from) !== JSON.stringify(change.to));
}

function optionsOf(value: unknown, path: readonly string[]): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => optionsOf(inner, [...path, key]));
  }
  return path.length === 0 ? [] : [[path.map(nameOf).join('.'), value]];
}

function nameOf(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}
