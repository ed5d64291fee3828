import {
  type BootTarget,
  bootPartition,
  copiesKernels,
  ownedFiles,
  partitionsOf,
  placeFindings,
} from '../../boot/boot-target.ts';
import { blobSources } from '../../boot/build-menu.ts';
import type { PartitionNeed, TargetPlan } from '../../boot/plan-target.ts';
import { readBlobs } from '../../boot/read-blobs.ts';
import { type Finding, findingOf, GenctlError } from '../../errors.ts';
import { nameOf, type Profile, systemProfile } from '../../generations/generation.ts';
import { profilesFolder } from '../../generations/profile-layout.ts';
import type { Root } from '../../host/root.ts';
import { joinParts, type PlanParts } from '../../transaction/plan.ts';
import { defaultToKeep } from './default-to-keep.ts';
import { sayableProfiles } from './grub-parameters.ts';
import { chooseShown, type MenuWish, planShown, type Shown } from './plan-targets.ts';
import { findingsOf, type Machine } from './read-machine.ts';
import { planEach } from './room.ts';
import { isSameGeneration, nextKeys, usesOf } from './uses.ts';

export interface MenuPlan {
  parts: PlanParts;
  /** What is written to which target; the first one decides. Never empty. */
  menus: readonly Pick<TargetPlan, 'target' | 'menu'>[];
  needs: readonly PartitionNeed[];
  /** Generations that are not in the menu because they cannot be read, or for lack of room. */
  findings: readonly Finding[];
  /** Targets that are left as they are. */
  setAside: readonly Finding[];
}

/**
 * Plans the boot partitions for profiles as they will be. Reads the kernels and initrds that no
 * ledger knows yet, to name them by their content.
 *
 * @throws GenctlError NO_READABLE_GENERATION: better an old menu than an empty one; ESP_FULL where
 *   no target has room for what must be in the menu
 */
export function planMenu(root: Root, machine: Machine, wanted: MenuWish): MenuPlan {
  const { targets } = machine;
  const profiles = sayableProfiles(wanted.profiles, targets);
  const wish: MenuWish = { ...wanted, profiles };
  const nowSeconds = Math.floor(Date.now() / 1000);
  const judging = { usesOf: usesOf.bind(undefined, root), nowSeconds };
  const shown = targets.map(target => chooseShown(machine, target, wish, judging));
  for (const [index, { generations }] of shown.entries()) {
    assertNotLost(root, targets[index] as BootTarget, profiles, generations.length > 0);
  }
  const digests = readBlobs(
    root,
    blobSources(
      shown.flatMap(({ generations }, index) =>
        targets[index]?.places.some(copiesKernels) === true ? generations : [],
      ),
    ),
    targets.flatMap(partitionsOf).map(({ ledger }) => ledger),
  );
  const { plans, setAside } = planEach(root, machine, target =>
    planShown(machine, target, wish, shown[targets.indexOf(target)] as Shown, digests),
  );
  const unmade = plans.flatMap(({ target }) => notInstalled(root, target));
  return {
    parts: joinParts(plans.map(({ parts }) => parts)),
    menus: plans,
    needs: plans.flatMap(({ needs }) => needs),
    findings: [
      ...findingsOf(profiles),
      ...plans.flatMap(({ target }) => placeFindings(target)),
      ...unmade.filter(({ code }) => code === packagesMissing),
      ...plans.flatMap(plan => leftOutFindings(root, plan)),
    ],
    setAside: [...setAside, ...unmade.filter(({ code }) => code !== packagesMissing)],
  };
}

/** Whoever has removed them knows it, and what was installed boots on. */
const packagesMissing = 'GRUB_PACKAGES_MISSING';

/** Where GRUB stays as it was installed, as nobody here could install what is declared. */
function notInstalled(root: Root, { places }: BootTarget): Finding[] {
  return places.flatMap((place): Finding[] => {
    if (place.loader !== 'grub' || !('code' in place.surroundings.installation)) return [];
    const finding = findingOf(place.surroundings.installation, root.onHost(place.boot.mountPoint));
    return [{ ...finding, reason: `GRUB stays as it was installed last: ${finding.reason}` }];
  });
}

/** Menus that are brought up to date: nobody has asked for another default. */
export function menuToKeep(machine: Machine, profiles: readonly Profile[]): MenuWish {
  const { state, active } = machine;
  return {
    profiles,
    state,
    active,
    defaultOf: target => defaultToKeep(machine, target, profiles),
    always: [...nextKeys(machine), ...machine.defaultsOfOthers],
  };
}

/** What the menu has shown so far and loses now for lack of room. */
function leftOutFindings(root: Root, { target, leftOut }: TargetPlan): Finding[] {
  const shown = ownedFiles(target).flatMap(({ key }) => key ?? []);
  const place = root.onHost(bootPartition(target).mountPoint);
  return leftOut
    .filter(generation => shown.some(key => isSameGeneration(key, generation)))
    .map(generation => ({
      code: 'MENU_EVICTED',
      subject: nameOf(generation),
      reason: `it leaves the menu of ${place} for lack of room; the generation itself stays`,
      hint: 'Pin it to keep it there (`genctl pin`), or make room: `genctl gc`.',
    }));
}

/**
 * Better an old menu than an empty one: where generations are gone that the menu shows, most
 * likely a file system is.
 *
 * @throws GenctlError NO_READABLE_GENERATION
 */
function assertNotLost(
  root: Root,
  target: BootTarget,
  profiles: readonly Profile[],
  hasReadable: boolean,
): void {
  const entries = ownedFiles(target).filter(({ kind }) => kind === 'entry');
  const isSystemGone =
    entries.some(({ key }) => key?.profile === systemProfile) &&
    profiles.every(({ name, generations }) => name !== systemProfile || generations.length === 0);
  const reason = findingsOf(profiles)[0]?.reason;
  const areAllGone = !hasReadable && reason === undefined && entries.length > 0;
  const areAllBad = !hasReadable && reason !== undefined;
  if (!isSystemGone && !areAllGone && !areAllBad) return;
  throw new GenctlError(
    'NO_READABLE_GENERATION',
    areAllBad && !isSystemGone
      ? `no generation can be read, so the menu stays as it is; the first reason: ${reason}`
      : `no generation is left in ${root.onHost(profilesFolder)}, but the menu has entries, so it stays as it is`,
    { hint: 'Check the file system of /nix, or `genctl switch` to build a new generation.' },
  );
}
