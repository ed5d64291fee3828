import type { Finding } from '../errors.ts';
import type { PlannedVolume } from '../transaction/plan.ts';
import type { LeftOnEsp } from './grub/left-on-esp.ts';
import type { GrubSurroundings } from './grub/surroundings.ts';
import type { BootLayout } from './layout.ts';
import type { LedgerFile } from './ledger.ts';
import type { BootPartition } from './read-boot-partition.ts';

/** Where systemd-boot reads a menu. */
export interface SystemdBootPlace {
  loader: 'systemd-boot';
  /** Holds the loader and `loader.conf`. */
  esp: BootPartition;
  /** Holds entries and kernels: the XBOOTLDR partition; the ESP itself where there is none. */
  boot: BootPartition;
}

/** Where GRUB reads a menu. */
export interface GrubLoaderPlace {
  loader: 'grub';
  /** What UEFI starts it from; undefined where only a BIOS does. */
  esp: BootPartition | undefined;
  /** Holds its menu and its modules, and the kernels that it cannot read from the store. */
  boot: BootPartition;
  surroundings: GrubSurroundings;
  /** What of the surroundings could not be read, or is not as it should be. */
  findings: readonly Finding[];
}

/** Where one loader reads a menu, and what it needs to know of it. */
export type LoaderPlace = SystemdBootPlace | GrubLoaderPlace;

/** A place that a machine can boot from, by one loader or more. Several are mirrors of each other. */
export interface BootTarget {
  /** All show the same menu; what the first one boots decides. */
  places: readonly [LoaderPlace, ...LoaderPlace[]];
  /** Partitions that no declared loader uses any more: what is ours there goes. */
  left: readonly BootPartition[];
  /** What else is to go of a GRUB that is given up; undefined where none is. */
  leftOnEsp?: LeftOnEsp | undefined;
}

/** Whether the entries of a place need copies of kernels: GRUB may read the store itself. */
export function copiesKernels(place: LoaderPlace): boolean {
  return place.loader === 'systemd-boot' || 'unreachable' in place.surroundings.place.store;
}

/** A place by its partitions, read or only open. */
type PartitionsOfPlace<Partition> =
  | { loader: 'systemd-boot'; esp: Partition }
  | { loader: 'grub'; boot: Partition };

/** The partition that holds the file which names the default. */
export function sectorPartition<Partition>(place: PartitionsOfPlace<Partition>): Partition {
  return place.loader === 'systemd-boot' ? place.esp : place.boot;
}

/** The boot partition of a target: what its first loader reads entries and kernels from. */
export function bootPartition({ places: [first] }: BootTarget): BootPartition {
  return first.boot;
}

/** What a target is called in messages: where the partition is mounted that names its default. */
export function mountPointOf({
  places: [first],
}: {
  places: readonly [PartitionsOfPlace<{ mountPoint: string }>, ...unknown[]];
}): string {
  return sectorPartition(first).mountPoint;
}

/** Each partition of a place once. */
function partitionsOfPlace(place: LoaderPlace): BootPartition[] {
  const { esp, boot } = place;
  return [...new Set([...(esp === undefined ? [] : [esp]), boot])];
}

/** Each partition of a target once. */
export function partitionsOf({ places, left }: BootTarget): BootPartition[] {
  return [...new Set([...places.flatMap(partitionsOfPlace), ...left])];
}

/** A target with its places seen in another way. */
export function mapPlaces(
  { places: [first, ...others], ...target }: BootTarget,
  see: (place: LoaderPlace) => LoaderPlace,
): BootTarget {
  return { ...target, places: [see(first), ...others.map(see)] };
}

/** A target with its partitions seen in another way. */
export function mapPartitions(
  target: BootTarget,
  see: (partition: BootPartition) => BootPartition,
): BootTarget {
  const seen = new Map(partitionsOf(target).map(partition => [partition, see(partition)]));
  const again = (partition: BootPartition): BootPartition => seen.get(partition) ?? partition;
  const mapPlace = (place: LoaderPlace): LoaderPlace =>
    place.loader === 'systemd-boot'
      ? { ...place, esp: again(place.esp), boot: again(place.boot) }
      : { ...place, esp: place.esp && again(place.esp), boot: again(place.boot) };
  return { ...mapPlaces(target, mapPlace), left: target.left.map(again) };
}

/** All files that are ours at a place, on whichever of its partitions. */
export function ownedFiles(target: BootTarget): LedgerFile[] {
  return partitionsOf(target).flatMap(({ ledger }) => ledger?.files ?? []);
}

/** What could not be read of a target, or is not as it should be. */
export function targetFindings(target: BootTarget): Finding[] {
  return [...partitionsOf(target).flatMap(({ findings }) => findings), ...placeFindings(target)];
}

/** What a loader needs to know and could not be read. */
export function placeFindings({ places }: BootTarget): Finding[] {
  return places.flatMap(place => (place.loader === 'grub' ? place.findings : []));
}

/** The partitions of some targets as a plan identifies them; the first target decides. */
export function plannedVolumes(
  targets: readonly BootTarget[],
  { ledgerFolder }: BootLayout,
): PlannedVolume[] {
  return targets.flatMap((target, number) =>
    partitionsOf(target).map(({ volume, mountPoint, isFolder, ledgerBody }) => ({
      volume,
      mountPoint,
      isFolder,
      target: number,
      ledgerFolder,
      ledgerBody,
    })),
  );
}
