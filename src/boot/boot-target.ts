import type { Finding } from '../errors.ts';
import type { PlannedVolume } from '../transaction/plan.ts';
import type { BootLayout } from './layout.ts';
import type { LedgerFile } from './ledger.ts';
import type { BootPartition } from './read-boot-partition.ts';

/**
 * A place that a machine can boot from: the partition that firmware starts the loader from, and
 * the one that holds entries and kernels. Several are mirrors of each other.
 */
export interface BootTarget {
  /** Holds the loader and `loader.conf`. */
  esp: BootPartition;
  /** Holds entries and kernels: the XBOOTLDR partition; the ESP itself where there is none. */
  boot: BootPartition;
}

/** Each partition of a target once. */
export function partitionsOf({ esp, boot }: BootTarget): BootPartition[] {
  return esp === boot ? [esp] : [esp, boot];
}

/** A target with its partitions seen in another way. */
export function mapPartitions(
  { esp, boot }: BootTarget,
  see: (partition: BootPartition) => BootPartition,
): BootTarget {
  const seen = see(esp);
  return { esp: seen, boot: boot === esp ? seen : see(boot) };
}

/** All files that are ours at a place, on whichever of its partitions. */
export function ownedFiles(target: BootTarget): LedgerFile[] {
  return partitionsOf(target).flatMap(({ ledger }) => ledger?.files ?? []);
}

export function targetFindings(target: BootTarget): Finding[] {
  return partitionsOf(target).flatMap(({ findings }) => findings);
}

/** The partitions of some targets as a plan identifies them; the first target decides. */
export function plannedVolumes(
  targets: readonly BootTarget[],
  { ledgerFolder }: BootLayout,
): PlannedVolume[] {
  return targets.flatMap((target, number) =>
    partitionsOf(target).map(({ volume, mountPoint, ledgerBody }) => ({
      volume,
      mountPoint,
      target: number,
      ledgerFolder,
      ledgerBody,
    })),
  );
}
