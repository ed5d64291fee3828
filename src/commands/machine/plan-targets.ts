import { type BootTarget, mountPointOf, ownedFiles } from '../../boot/boot-target.ts';
import { chooseGenerations } from '../../boot/build-menu.ts';
import { defaultKeyOf } from '../../boot/loaders.ts';
import type { EntryKey, MenuDefault } from '../../boot/menu.ts';
import { planTarget, type TargetPlan, type TargetWish } from '../../boot/plan-target.ts';
import { evictionOrder } from '../../generations/eviction-order.ts';
import { type Profile, systemProfile } from '../../generations/generation.ts';
import type { UsesOf } from '../../generations/retention.ts';
import type { FileDigest } from '../../transaction/step.ts';
import type { Machine, Systems } from './read-machine.ts';
import { isSameGeneration, nextKeys } from './uses.ts';

/**
 * What the menus shall be. Profiles, records and what is active are as they will be: a second run,
 * which finds them so, then comes to the same menus.
 */
export interface MenuWish extends Pick<Systems, 'profiles' | 'state' | 'active'> {
  /** What boots when nobody picks an entry. */
  defaultOf: (target: BootTarget) => MenuDefault | undefined;
  /** Generations that are shown whatever the limit says, beside those that are in use. */
  always: readonly EntryKey[];
}

/** What one target shall show, and what of that it can do without. */
export type Shown = Pick<TargetWish, 'generations' | 'expendable' | 'isHeld'>;

/** What a choice has to be told of the world outside of a machine that was read. */
export interface Judging {
  usesOf: (systems: Systems, defaults: readonly EntryKey[]) => UsesOf;
  nowSeconds: number;
}

/**
 * Chooses what a target shall show: up to the limit, and whatever the limit says what is in use.
 * What is in use before the change or behind it is held. Pure.
 */
export function chooseShown(
  machine: Machine,
  target: BootTarget,
  wish: MenuWish,
  judging: Judging,
): Shown {
  const { profiles, state, active, always } = wish;
  const wanted = wish.defaultOf(target);
  const wantedKey = wanted === undefined || 'standing' in wanted ? undefined : wanted;
  const before = defaultKeyOf(target, machine.layout);
  const next = judging.usesOf(
    { ...machine, profiles, state, active },
    wantedKey === undefined ? always : [wantedKey, ...always],
  );
  const booting = [...(before === undefined ? [] : [before]), ...nextKeys(machine)];
  const now = judging.usesOf(machine, booting);
  const required = usedOf(profiles, next);
  const held = [...required, ...usedOf(machine.profiles, now)];
  const generations = chooseGenerations({
    profiles,
    configurationLimit: machine.settings.configurationLimit,
    always: required,
  });
  const order = evictionOrder(profiles, machine.settings.retention, judging.nowSeconds, () => []);
  const expendable = order.flatMap(candidate =>
    generations.filter(
      generation => isSameGeneration(generation, candidate) && !isAmong(required, generation),
    ),
  );
  // Where a rollback goes is the last that the menu loses.
  const previous = previousOf(profiles, wantedKey);
  return {
    generations,
    expendable: [
      ...expendable.filter(generation => !isAmong(previous, generation)),
      ...expendable.filter(generation => isAmong(previous, generation)),
    ],
    isHeld: key => isAmong(held, key),
  };
}

/** Plans a target for what it shall show. Pure. */
export function planShown(
  { layout, state, settings, machineId }: Machine,
  target: BootTarget,
  { profiles, defaultOf }: MenuWish,
  shown: Shown,
  digests: ReadonlyMap<string, FileDigest>,
): TargetPlan {
  return planTarget({
    ...shown,
    target,
    layout,
    owner: state.owner,
    digests,
    default: defaultOf(target),
    settings,
    sortKey: settings.sortKey,
    machineId,
    quarantined: profiles.flatMap(({ generations }) =>
      generations.filter(({ system }) => 'finding' in system),
    ),
  });
}

/**
 * Those generations that are in the menu of a target which stays as it is: without their systems,
 * its entries would lead nowhere. Pure.
 *
 * @param planned the targets that are brought up to date
 */
export function shownBeside<G extends Pick<EntryKey, 'profile' | 'number'>>(
  generations: readonly G[],
  { targets }: Pick<Machine, 'targets'>,
  planned: readonly BootTarget[],
): G[] {
  const places = new Set(planned.map(mountPointOf));
  const keys = targets
    .filter(target => !places.has(mountPointOf(target)))
    .flatMap(ownedFiles)
    .flatMap(({ key }) => key ?? []);
  return generations.filter(generation => isAmong(keys, generation));
}

function usedOf(profiles: readonly Profile[], usesOf: UsesOf): EntryKey[] {
  return profiles
    .flatMap(({ generations }) => generations)
    .filter(generation => usesOf(generation).length > 0)
    .map(({ profile, number }) => ({ profile, number }));
}

/** The generation that a rollback would go to. */
function previousOf(profiles: readonly Profile[], wanted: EntryKey | undefined): EntryKey[] {
  const profile = profiles.find(({ name }) => name === (wanted?.profile ?? systemProfile));
  const number = wanted?.number ?? profile?.currentNumber ?? 0;
  const previous = profile?.generations.findLast(
    generation => generation.number < number && 'bootspec' in generation.system,
  );
  return previous === undefined ? [] : [{ profile: previous.profile, number: previous.number }];
}

function isAmong(keys: readonly EntryKey[], key: Pick<EntryKey, 'profile' | 'number'>): boolean {
  return keys.some(other => isSameGeneration(other, key));
}
