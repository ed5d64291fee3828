import type { Definition } from './hardware-module.ts';

/** In which order options are written; what is in none of the groups comes before the last. */
const groups: readonly (readonly string[])[] = [
  ['imports'],
  ['boot.initrd.availableKernelModules'],
  ['boot.initrd.kernelModules'],
  ['boot.kernelModules'],
  ['boot.extraModulePackages'],
  ['boot.swraid.'],
  ['boot.initrd.services.', 'services.lvm.', 'services.stratis.'],
  // Each file system with the LUKS devices that it is on, in the order in which they were planned.
  ['fileSystems.', 'boot.initrd.luks.', 'swapDevices.'],
  ['zramSwap.'],
  ['boot.'],
  ['networking.'],
  ['hardware.'],
  ['virtualisation.'],
  [''],
  ['nixpkgs.'],
];

/** Definitions in the order in which a person reads a module; equal ones are one with all reasons. */
export function inModuleOrder(definitions: readonly Definition[]): readonly Definition[] {
  const merged = new Map<string, Definition>();
  for (const definition of definitions) {
    const key = JSON.stringify([definition.kind, definition.option, definition.value]);
    const before = merged.get(key);
    merged.set(key, before === undefined ? definition : withReasonsOf(before, definition));
  }
  return [...merged.values()]
    .map(definition => ({ definition, group: groupOf(definition.option) }))
    .toSorted((left, right) => left.group - right.group)
    .map(({ definition }) => definition);
}

function withReasonsOf(definition: Definition, other: Definition): Definition {
  return {
    ...definition,
    because: [...new Set([...definition.because, ...other.because])],
    neededToBoot: definition.neededToBoot || other.neededToBoot,
  };
}

/** The group with the longest of the beginnings that fit. */
function groupOf(option: readonly string[]): number {
  const name = option.join('.');
  let best = 0;
  let length = -1;
  for (const [at, beginnings] of groups.entries()) {
    for (const beginning of beginnings) {
      const fits =
        beginning.endsWith('.') || beginning === ''
          ? name.startsWith(beginning)
          : name === beginning;
      if (fits && beginning.length > length) [best, length] = [at, beginning.length];
    }
  }
  return best;
}
