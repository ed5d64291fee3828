import { type BootTarget, bootPartition } from '../../boot/boot-target.ts';
import type { PlanParts } from '../../transaction/plan.ts';

/**
 * What a plan gives back of the partition that holds entries and kernels, in bytes of whole
 * clusters; below 0 where it takes more than it gives. Pure.
 */
export function freedRoomBytes(target: BootTarget, parts: PlanParts): number {
  const boot = bootPartition(target);
  const { clusterBytes } = boot.space;
  const inClusters = (bytes: number): number => Math.ceil(bytes / clusterBytes) * clusterBytes;
  return [...parts.prepare, ...parts.commit, ...parts.cleanup].reduce((freed, step) => {
    if (!('volume' in step) || step.volume !== boot.volume) return freed;
    if (step.kind === 'remove-file') return freed + inClusters(boot.sizes.get(step.path) ?? 0);
    return step.kind === 'create-file' ? freed - inClusters(step.sizeBytes) : freed;
  }, 0);
}
