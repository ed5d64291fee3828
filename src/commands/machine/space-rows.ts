import type { PartitionUsage } from '../../boot/usage.ts';
import { nameOf } from '../../generations/generation.ts';
import type { BarRow } from '../../output/bars.ts';
import { printableLine } from '../../printable.ts';
import type { MachineSpace } from './generation-space.ts';
import type { Systems } from './read-machine.ts';

/** The room of a boot partition by generation, newest first; then all else, and what is free. */
export function spaceRows(
  systems: Systems,
  { partition }: Pick<MachineSpace, 'partition'>,
): BarRow[] {
  if (partition === undefined) return [];
  return [...generationRows(systems, partition), ...otherRows(partition)];
}

function generationRows(systems: Systems, { generations }: PartitionUsage): BarRow[] {
  const ranks = new Map(systems.profiles.map(({ name }, index) => [name, index]));
  return generations
    .toSorted(
      (left, right) =>
        (ranks.get(left.profile) ?? 0) - (ranks.get(right.profile) ?? 0) ||
        right.number - left.number,
    )
    .map(usage => ({
      label: printableLine(nameOf(usage)),
      segments: [
        { kind: 'shared', bytes: usage.sharedBytes },
        { kind: 'kernel', bytes: usage.ownKernelBytes },
        { kind: 'initrd', bytes: usage.ownInitrdBytes },
        { kind: 'other', bytes: usage.ownBytes - usage.ownKernelBytes - usage.ownInitrdBytes },
      ],
    }));
}

function otherRows({ otherBytes, freeBytes }: PartitionUsage): BarRow[] {
  return [
    { label: 'not genctl’s', segments: [{ kind: 'other', bytes: otherBytes }] },
    { label: 'free', segments: [{ kind: 'free', bytes: freeBytes }] },
  ];
}
