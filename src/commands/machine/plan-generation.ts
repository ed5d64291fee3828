import { mountPointOf } from '../../boot/boot-target.ts';
import { foldSectors } from '../../boot/fold-sectors.ts';
import type { EntryKey } from '../../boot/menu.ts';
import { readBootspec } from '../../bootspec/read-bootspec.ts';
import { GenctlError } from '../../errors.ts';
import { type Generation, nameOf, type Profile } from '../../generations/generation.ts';
import { linkStep, selectSteps, withGeneration } from '../../generations/plan-generations.ts';
import { folderOf, profilesFolder } from '../../generations/profile-layout.ts';
import {
  laterStateSteps,
  nextNumber,
  type State,
  stateSteps,
  withNumber,
} from '../../generations/state.ts';
import type { Root } from '../../host/root.ts';
import { joinParts, type PlanParts } from '../../transaction/plan.ts';
import type { Step } from '../../transaction/step.ts';
import { withoutLeft, withSettings } from './boot-settings.ts';
import { stateWithGood } from './good-state.ts';
import { assertSayable } from './grub-parameters.ts';
import { type MovedLoaders, moveLoaders } from './move-loaders.ts';
import { planForgetting } from './plan-forgetting.ts';
import { type MenuPlan, planMenu } from './plan-menu.ts';
import { type Machine, profileNamed } from './read-machine.ts';

/** What a machine shall boot and run from now on. */
export interface GenerationWish {
  profile: string;
  /** An existing generation, or a built system that may need a number. */
  system: { number: number } | { toplevel: string };
  /** Whether its `/etc` is applied now. */
  activation: 'now' | 'at-boot';
}

export interface GenerationPlan {
  generation: Generation;
  parts: PlanParts;
  menu: MenuPlan;
}

/**
 * Plans everything that makes a generation the one to boot: number and link, menu, activation,
 * default, profile; old entries last.
 *
 * @param activation the steps that apply its `/etc`, where there is something to apply
 * @param moved the loaders, where they are put in place by the same change
 */
export function planGeneration(
  root: Root,
  machine: Machine,
  wish: GenerationWish,
  activation: readonly Step[],
  moved: MovedLoaders = moveLoaders(root, machine),
): GenerationPlan {
  const { generation, future, state, steps } = chooseGeneration(root, machine, wish);
  const selected: Profile = { ...future, currentNumber: generation.number };
  const profiles = machine.profiles.map(other => (other.name === future.name ? selected : other));
  const defaultKey: EntryKey = { profile: future.name, number: generation.number };
  const forgetting = planForgetting(machine);
  const planned = planMenu(root, moved.machine, {
    profiles,
    state,
    active: activation.some(({ kind }) => kind === 'activate') ? generation.target : machine.active,
    defaultOf: () => defaultKey,
    always: [],
  });
  const menu: MenuPlan = {
    ...planned,
    parts: foldSectors(joinParts([moved.parts, planned.parts])),
    findings: [...moved.findings, ...planned.findings, ...forgetting.findings],
    setAside: [...moved.setAside, ...planned.setAside],
  };
  return {
    generation,
    menu,
    parts: {
      prepare: [...steps, ...menu.parts.prepare, ...activation],
      commit: [
        ...menu.parts.commit,
        ...selectSteps(future, generation.number),
        // A number stays given when all is undone; settings are in force only if it is not.
        ...laterStateSteps(state, withSettings(state, machine.settings)),
      ],
      cleanup: [
        ...forgetting.inGrub,
        ...menu.parts.cleanup,
        ...overrideSteps(machine),
        ...forgetting.inFirmware,
        // From here on nothing is left of a loader that was given up.
        ...laterStateSteps(
          withSettings(state, machine.settings),
          withSettings(state, withoutLeft(machine.settings, placesOf(menu))),
        ),
      ],
    },
  };
}

function placesOf({ menus }: MenuPlan): Set<string> {
  return new Set(menus.map(({ target }) => mountPointOf(target)));
}

/** A generation that was asked for, and what it takes to be one. */
export interface ChosenGeneration {
  generation: Generation;
  /** Its profile and the state with it, where it is new. */
  future: Profile;
  state: State;
  /** Make the number and the link. */
  steps: readonly Step[];
}

/**
 * An existing generation, or a built system, which gets a number unless it has one.
 *
 * @throws GenctlError GENERATION_UNKNOWN, GENERATION_UNREADABLE, PROFILE_UNKNOWN
 */
export function chooseGeneration(
  root: Root,
  machine: Machine,
  wish: Pick<GenerationWish, 'profile' | 'system'>,
): ChosenGeneration {
  const profile = profileNamed(machine, wish.profile);
  const generation =
    'number' in wish.system
      ? existingGeneration(profile, wish.system.number)
      : numbered(root, machine, profile, wish.system.toplevel);
  assertSayable(generation, machine.targets);
  const isNew = !profile.generations.includes(generation);
  // Whoever builds on the booted generation has found it good; whoever goes back may have not.
  const state = isNew
    ? withNumber(stateWithGood(machine), profile.name, generation.number)
    : machine.state;
  return {
    generation,
    future: isNew ? withGeneration(profile, generation) : profile,
    state,
    steps: [
      ...folderSteps(root, profile),
      ...stateSteps(root, state),
      ...(isNew ? [linkStep(generation)] : []),
    ],
  };
}

/**
 * An EFI variable beats `loader.conf`; pressing `d` in systemd-boot's menu sets it. Last of all,
 * since some firmware does not let it go: then that is said, and all else is done.
 */
function overrideSteps({ overridingDefault }: Machine): Step[] {
  if (overridingDefault === undefined) return [];
  return [{ kind: 'clear-efi-variable', name: 'LoaderEntryDefault', before: overridingDefault }];
}

/**
 * A generation that can boot.
 *
 * @throws GenctlError GENERATION_UNKNOWN, GENERATION_UNREADABLE
 */
export function existingGeneration(profile: Profile, number: number): Generation {
  const generation = generationNumbered(profile, number);
  if ('finding' in generation.system) {
    const { reason } = generation.system.finding;
    throw new GenctlError('GENERATION_UNREADABLE', `${nameOf(generation)} cannot boot: ${reason}`, {
      hint: 'Choose another one from `genctl list`.',
    });
  }
  return generation;
}

/**
 * A generation that is there, whether it can boot or not.
 *
 * @throws GenctlError GENERATION_UNKNOWN
 */
export function generationNumbered(profile: Profile, number: number): Generation {
  const generation = profile.generations.find(candidate => candidate.number === number);
  if (generation !== undefined) return generation;
  throw unknownGeneration(profile.name, number);
}

export function unknownGeneration(profile: string, number: number): GenctlError {
  return new GenctlError('GENERATION_UNKNOWN', `there is no ${nameOf({ profile, number })}`, {
    hint: 'See `genctl list`.',
  });
}

/** A system that is the current or the newest generation already needs no number of its own. */
function numbered(root: Root, machine: Machine, profile: Profile, toplevel: string): Generation {
  const candidates = [
    profile.generations.find(({ number }) => number === profile.currentNumber),
    profile.generations.at(-1),
  ];
  const same = candidates.find(candidate => candidate?.target === toplevel);
  if (same !== undefined) return existingGeneration(profile, same.number);
  using store = root.folder('/nix/store');
  return {
    profile: profile.name,
    number: nextNumber(machine.state, profile),
    target: toplevel,
    madeAtSeconds: Math.floor(Date.now() / 1000),
    system: { bootspec: readBootspec(store, toplevel.slice('/nix/store/'.length)) },
  };
}

function folderSteps(root: Root, profile: Profile): Step[] {
  const paths = ['/nix', '/nix/var', '/nix/var/nix', profilesFolder, folderOf(profile.name)];
  return [...new Set(paths)]
    .filter(path => root.stat(path) === undefined)
    .map(path => ({ kind: 'make-folder', volume: 'root', path: path.slice(1) }));
}
