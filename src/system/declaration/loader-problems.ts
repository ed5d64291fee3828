import { grubPlaceProblems } from './grub/place-problems.ts';
import { grubSettingProblems } from './grub/setting-problems.ts';
import { quote } from './hostile-text.ts';
import { type MergedOptions, slotName } from './merge-definitions.ts';
import { mountPointProblems } from './mount-points.ts';
import { formatPlace, type Problem, problemOf } from './problem.ts';
import type { Named } from './recognise-file.ts';
import { Refusal } from './refusal.ts';

/** What is said of a configuration: by keys, and by headers alone. */
export interface SaidOptions {
  readonly merged: MergedOptions;
  readonly named: readonly Named[];
}

/**
 * What is wrong with the options of boot loaders taken together.
 *
 * @param own what is said about this configuration itself: what a specialisation only inherits is
 *   told of the machine
 */
export function loaderProblems({ merged, named }: SaidOptions, own: SaidOptions): Problem[] {
  if (![...own.merged.values(), ...own.named].some(isOfLoaders)) return [];
  return [
    ...repeatedKinds(merged),
    ...mountPointProblems(merged, own.merged),
    ...grubPlaceProblems(merged, named),
    ...grubSettingProblems(merged, named),
  ];
}

function isOfLoaders({ section }: { section: string }): boolean {
  return section === 'boot.loader' || section.startsWith('boot.loader.');
}

function repeatedKinds(merged: MergedOptions): Problem[] {
  const kinds = merged.get(slotName('boot.loader', 'kind', undefined));
  if (kinds === undefined) return [];
  return kinds.values.flatMap((kind, index) => {
    const first = kinds.origins[kinds.values.indexOf(kind)];
    const origin = kinds.origins[index];
    if (first === undefined || origin === undefined || first === origin) return [];
    const refusal = new Refusal(
      `${quote(String(kind))} is a value of it already, in ${formatPlace(first)}`,
      'Remove one of the two lines: each loader is named once.',
    );
    return [problemOf('DECLARATION_CONFLICT', origin, refusal)];
  });
}
