import { onceIdOf } from '../../boot/boot-once.ts';
import { type BootTarget, type LoaderPlace, ownedFiles } from '../../boot/boot-target.ts';
import type { BootLayout } from '../../boot/layout.ts';
import { defaultKeyOf, entryIdAt, namesEntry } from '../../boot/loaders.ts';
import type { EntryKey } from '../../boot/menu.ts';
import { type Generation, holdsSystem } from '../../generations/generation.ts';
import { isRooted, readPinRoots } from '../../generations/pin-roots.ts';
import { isPinned, lastGood } from '../../generations/records.ts';
import type { Use, UsesOf } from '../../generations/retention.ts';
import type { Root } from '../../host/root.ts';
import { type Link, storePathsBehind } from '../../store/follow-link.ts';
import type { Machine, Systems } from './read-machine.ts';

/**
 * What a machine uses its generations for. A root that keeps one from Nix's collector says that it
 * is pinned too: it outlives a state that was lost.
 *
 * @param defaults what it boots by itself
 */
export function usesOf(root: Root, systems: Systems, defaults: readonly EntryKey[]): UsesOf {
  const uses = usesOfPaths(systems, defaults, path => pathsBehind(root, path));
  const roots = readPinRoots(root);
  return generation => {
    const found = uses(generation);
    return found.includes('pinned') || !isRooted(generation, roots) ? found : [...found, 'pinned'];
  };
}

/**
 * The same without looking at the disk. Pure.
 *
 * @param pathsOf the store paths that a link of /run stands for
 */
export function usesOfPaths(
  { booted, active, state, profiles }: Systems,
  defaults: readonly EntryKey[],
  pathsOf: (target: string) => readonly string[],
): UsesOf {
  const bootedPaths = booted === undefined ? [] : pathsOf(booted);
  const activePaths = active === undefined ? [] : pathsOf(active);
  const current = new Map(profiles.map(({ name, currentNumber }) => [name, currentNumber]));
  const good = new Map(profiles.map(profile => [profile.name, lastGood(state, profile)]));
  const holdsAny = (generation: Generation, paths: readonly string[]): boolean =>
    paths.some(path => holdsSystem(generation, path));
  return generation => {
    const { profile, number } = generation;
    const facts: Record<Use, boolean> = {
      current: current.get(profile) === number,
      booted: holdsAny(generation, bootedPaths),
      active: holdsAny(generation, activePaths),
      default: defaults.some(key => isSameGeneration(key, generation)),
      'last-good': good.get(profile) === number,
      pinned: isPinned(state, generation),
    };
    return (Object.keys(facts) as Use[]).filter(use => facts[use]);
  };
}

/** The links by which a running machine says what it runs. */
export function runLinks({ booted, active }: Systems): { subject: string; link: Link }[] {
  const links = { 'booted-system': booted, 'current-system': active };
  return Object.entries(links).flatMap(([name, target]) =>
    target === undefined ? [] : [{ subject: `/run/${name}`, link: { folder: '/run', target } }],
  );
}

/**
 * What the machine boots by itself: what each menu says, and what else was told the loaders, be it
 * through entries of others. A generation that one of them names must
 * not go.
 */
export function defaultKeys(machine: Machine): EntryKey[] {
  const { targets, layout } = machine;
  const named = targets.flatMap(target => defaultKeyOf(target, layout) ?? []);
  return [...named, ...nextKeys(machine), ...machine.defaultsOfOthers];
}

/** What boots next whatever the menus say: what was asked for once, and what overrides them. */
export function nextKeys(machine: Machine): EntryKey[] {
  return [onceKeyOf(machine) ?? [], overridingKeys(machine)].flat();
}

/** The entry of ours that boots next, once; undefined where the default does. */
export function onceKeyOf({ targets, layout, oneShot }: Machine): EntryKey | undefined {
  const place = targets[0]?.places[0];
  if (place === undefined) return undefined;
  const id = onceIdOf(place.loader, {
    environment: place.boot.sectors.get(layout.grub.environment),
    oneShot: oneShot.value,
  });
  const files = place.boot.ledger?.files ?? [];
  return files.find(({ path }) => id !== undefined && entryIdAt(place, path, layout) === id)?.key;
}

/** What the EFI variable names that overrides every `loader.conf`. */
export function overridingKeys({
  targets,
  layout,
  overridingDefault,
}: Pick<Machine, 'targets' | 'layout' | 'overridingDefault'>): EntryKey[] {
  if (overridingDefault === undefined) return [];
  return targets.flatMap(target =>
    target.places
      .filter(({ loader }) => loader === 'systemd-boot')
      .flatMap(place => keysMatching(target, place, layout, overridingDefault)),
  );
}

function keysMatching(
  target: BootTarget,
  place: LoaderPlace,
  layout: BootLayout,
  pattern: string,
): EntryKey[] {
  return ownedFiles(target).flatMap(({ path, key }) => {
    const id = entryIdAt(place, path, layout);
    return key !== undefined && id !== undefined && namesEntry(place, pattern, id) ? [key] : [];
  });
}

/** Whether two keys are of one generation, whichever of its specialisations they name. */
export function isSameGeneration(
  left: Pick<EntryKey, 'profile' | 'number'>,
  right: Pick<EntryKey, 'profile' | 'number'> | undefined,
): boolean {
  return left.profile === right?.profile && left.number === right.number;
}

function pathsBehind(root: Root, target: string): string[] {
  // What the link says is one of them even where it leads to no store.
  return [target, ...storePathsBehind(root, { folder: '/run', target })];
}
