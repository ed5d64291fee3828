import { type BootTarget, bootPartition } from '../../boot/boot-target.ts';
import { type GenerationUsage, type PartitionUsage, usageOf } from '../../boot/usage.ts';
import type { Generation } from '../../generations/generation.ts';
import { folderOf } from '../../generations/profile-layout.ts';
import type { Root } from '../../host/root.ts';
import { type Link, storePathsBehind } from '../../store/follow-link.ts';
import type { Store } from '../../store/store.ts';
import type { StorePath } from '../../store/store-path.ts';
import { type Attribution, attribute } from '../../store/usage.ts';
import type { Systems } from './read-machine.ts';
import { aliveRoots } from './store-roots.ts';
import { isSameGeneration } from './uses.ts';

/** What a generation takes, in the store and on the first boot partition. */
export interface GenerationSpace {
  store: Attribution;
  /** Undefined where it is not in the menu. */
  boot: GenerationUsage | undefined;
}

export interface MachineSpace {
  /** Undefined where no boot partition can be read. */
  partition: PartitionUsage | undefined;
  generations: ReadonlyMap<Generation, GenerationSpace>;
}

/** Adds up what each generation takes: what only it needs, and what others need as well. */
export async function measureSpace(
  root: Root,
  systems: Systems,
  target: BootTarget | undefined,
  store: Store,
): Promise<MachineSpace> {
  const all = systems.profiles.flatMap(({ generations }) => generations);
  const partition = target && partitionUsage(target);
  const groups = new Map(all.map(generation => [generation, pathsOf(root, generation)]));
  const others = aliveRoots(root, systems, all).roots.map(({ storePath }) => storePath);
  const byStore = attribute(groups, others, await store.graph());
  const generations = all.map((generation): [Generation, GenerationSpace] => [
    generation,
    {
      store: byStore.get(generation) ?? { ownBytes: 0, sharedBytes: 0 },
      boot: partition?.generations.find(each => isSameGeneration(each, generation)),
    },
  ]);
  return { partition, generations: new Map(generations) };
}

/** What the boot partition of a target is used for. */
export function partitionUsage(target: BootTarget): PartitionUsage {
  const boot = bootPartition(target);
  return usageOf({ files: boot.ledger?.files ?? [], sizes: boot.sizes, space: boot.space });
}

function pathsOf(root: Root, { profile, target }: Generation): StorePath[] {
  const link: Link = { folder: folderOf(profile), target };
  return storePathsBehind(root, link);
}
