import type { Bootspec } from '../bootspec/bootspec.ts';

/** How two lists of words differ, such as kernel parameters; what is there twice counts twice. */
export interface ListDifference {
  added: readonly string[];
  removed: readonly string[];
  /** Whether those that both have stand in another order. */
  isReordered: boolean;
}

/** How two sets of names differ. */
export interface NameDifference {
  added: readonly string[];
  removed: readonly string[];
  changed: readonly string[];
}

/** Pure. */
export function diffLists(before: readonly string[], after: readonly string[]): ListDifference {
  const removed = without(before, after);
  const added = without(after, before);
  const stayed = without(before, removed);
  const isReordered = without(after, added).some((item, index) => item !== stayed[index]);
  return { added, removed, isReordered };
}

/** The items of a list less those of another, the last ones of a kind first. */
function without(list: readonly string[], less: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const item of less) counts.set(item, (counts.get(item) ?? 0) + 1);
  const left = list.toReversed().filter(item => {
    const count = counts.get(item) ?? 0;
    counts.set(item, count - 1);
    return count <= 0;
  });
  return left.toReversed();
}

/** A specialisation is changed where its system is another one. Pure. */
export function diffSpecialisations(before: Bootspec, after: Bootspec): NameDifference {
  const names = [...after.specialisations.keys()];
  const toplevelOf = (bootspec: Bootspec, name: string): string | undefined =>
    bootspec.specialisations.get(name)?.toplevel;
  return {
    added: names.filter(name => !before.specialisations.has(name)),
    removed: [...before.specialisations.keys()].filter(name => !after.specialisations.has(name)),
    changed: names.filter(
      name =>
        before.specialisations.has(name) && toplevelOf(before, name) !== toplevelOf(after, name),
    ),
  };
}
