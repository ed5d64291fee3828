import type { PlanParts } from '../transaction/plan.ts';
import type { FileDigest } from '../transaction/step.ts';
import { type BootTarget, type LoaderPlace, partitionsOf } from './boot-target.ts';
import { type BootableGeneration, blobSources, buildMenu } from './build-menu.ts';
import { isSpared } from './kept-files.ts';
import type { BootLayout } from './layout.ts';
import type { LeftOut } from './ledger.ts';
import { entryIdAt, renderAt } from './loaders.ts';
import type { EntryKey, Menu, MenuDefault, MenuSettings } from './menu.ts';
import { planBoot } from './plan-boot.ts';
import type { BootPartition } from './read-boot-partition.ts';
import { fits, type SpaceNeed, spaceNeed } from './space/space-need.ts';
import { stepsOnVolume } from './space/steps-on-volume.ts';

/** What a target shall show, as far as there is room. */
export interface TargetWish {
  target: BootTarget;
  layout: BootLayout;
  owner: string;
  /** All that the menu would show, newest first. */
  generations: readonly BootableGeneration[];
  /** Those of them that may be left out for lack of room, in the order in which they go. */
  expendable: readonly BootableGeneration[];
  /** Whether a generation must be whole at every instant, as what boots until the default moves. */
  isHeld: (key: EntryKey) => boolean;
  /** Size and hash of every blob source, where a loader does not read them from the store. */
  digests: ReadonlyMap<string, FileDigest>;
  default: MenuDefault | undefined;
  settings: MenuSettings;
  sortKey: string;
  machineId: string | undefined;
  quarantined: readonly Pick<EntryKey, 'profile' | 'number'>[];
}

/** What one partition needs while a plan is carried out. */
export interface PartitionNeed extends SpaceNeed {
  partition: BootPartition;
}

export interface TargetPlan {
  target: BootTarget;
  parts: PlanParts;
  menu: Menu;
  /** Those that the menu does not show for lack of room. */
  leftOut: readonly BootableGeneration[];
  /** For each of the target's partitions. */
  needs: readonly PartitionNeed[];
}

/**
 * Plans a target: with the whole menu where there is room for it, else with as much of it as there
 * is room for, the most expendable left out. Whether the rest fits, its `needs` say. Pure.
 *
 * @throws GenctlError LOADER_NOT_INSTALLED
 */
export function planTarget(wish: TargetWish): TargetPlan {
  const whole = planWith(wish, 0, () => false);
  if (whole.needs.every(fits)) return whole;
  const { expendable } = wish;
  // What nobody knows the system of may be what boots.
  const isExpendable = (key: EntryKey | undefined): boolean =>
    key !== undefined && !wish.isHeld(key);
  const attempt = (count: number): TargetPlan => planWith(wish, count, isExpendable);
  // The fewest that have to be left out: leaving out more never needs more room.
  let [fewest, most] = [0, expendable.length];
  while (fewest < most) {
    const middle = Math.floor((fewest + most) / 2);
    if (attempt(middle).needs.every(fits)) most = middle;
    else fewest = middle + 1;
  }
  return attempt(fewest);
}

function planWith(
  wish: TargetWish,
  leftOutCount: number,
  mayGoFirst: (key: EntryKey | undefined) => boolean,
): TargetPlan {
  const { target, layout, owner, digests, quarantined } = wish;
  const { menu, leftOut } = menuWithout(wish, leftOutCount);
  const parts = planBoot({
    menus: target.places
      .map(place => withStanding(place, wish))
      .map(place => ({ place, wanted: renderAt(place, menu, layout) })),
    target,
    layout,
    owner,
    quarantined,
    leftOut: leftOut.map(generation => toLeftOut(generation, digests)),
    mayGoFirst,
  });
  const needs = partitionsOf(target).map(partition => needOf(partition, parts));
  return { target, parts, menu, leftOut, needs };
}

/** What one partition needs at the peak of a plan. */
export function needOf(partition: BootPartition, parts: PlanParts): PartitionNeed {
  const steps = [...parts.prepare, ...parts.commit, ...parts.cleanup];
  return { partition, ...spaceNeed(partition, stepsOnVolume(steps, partition.volume)) };
}

/** GRUB shows what its index names: entries that stay as they are have to be told. */
function withStanding(place: LoaderPlace, { quarantined, layout }: TargetWish): LoaderPlace {
  if (place.loader !== 'grub') return place;
  const { ledger, sizes } = place.boot;
  const standing = (ledger?.files ?? []).flatMap(file => {
    const stays = file.kind === 'entry' && sizes.has(file.path) && isSpared(file, quarantined);
    return stays ? (entryIdAt(place, file.path, layout) ?? []) : [];
  });
  return { ...place, surroundings: { ...place.surroundings, standing } };
}

function menuWithout(
  wish: TargetWish,
  count: number,
): { menu: Menu; leftOut: BootableGeneration[] } {
  const leftOut = wish.expendable.slice(0, count);
  const absent = new Set(leftOut);
  const menu = buildMenu({
    ...wish,
    generations: wish.generations.filter(generation => !absent.has(generation)),
  });
  return { menu, leftOut };
}

function toLeftOut(
  generation: BootableGeneration,
  digests: ReadonlyMap<string, FileDigest>,
): LeftOut {
  const { profile, number } = generation;
  const blobs = [...blobSources([generation])].toSorted().flatMap(source => {
    const digest = digests.get(source);
    return digest === undefined ? [] : [{ source, ...digest }];
  });
  return { key: { profile, number }, blobs };
}
