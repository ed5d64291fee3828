import { tellOnce } from '../../boot/boot-once.ts';
import { type BootTarget, mountPointOf } from '../../boot/boot-target.ts';
import { defaultIdAt } from '../../boot/loaders.ts';
import type { EntryKey } from '../../boot/menu.ts';
import { GenctlError } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { chooseGeneration, type GenerationPlan, type GenerationWish } from './plan-generation.ts';
import { menuToKeep, planMenu } from './plan-menu.ts';
import type { Machine } from './read-machine.ts';

/**
 * Plans that a generation boots next, once: it gets a number, a link and its place in the menu.
 * Default, profile and settings stay what they are.
 *
 * @throws GenctlError BOOT_ONCE_IMPOSSIBLE, also where there is no default to come back to
 */
export function planOnce(root: Root, machine: Machine, wish: GenerationWish): GenerationPlan {
  const { layout, oneShot } = machine;
  const target = machine.targets[0] as BootTarget;
  if (defaultIdAt(target.places[0], layout) === undefined) {
    throw new GenctlError(
      'BOOT_ONCE_IMPOSSIBLE',
      'cannot boot an entry only once: the menu has no default to come back to',
      { hint: 'Choose one first: `genctl boot`.' },
    );
  }
  const { generation, future, state, steps } = chooseGeneration(root, machine, wish);
  const profiles = machine.profiles.map(other => (other.name === future.name ? future : other));
  const key: EntryKey = { profile: generation.profile, number: generation.number };
  const kept = menuToKeep(machine, profiles);
  const menu = planMenu(root, machine, { ...kept, state, always: [...kept.always, key] });
  const shown = menu.menus.find(each => mountPointOf(each.target) === mountPointOf(target));
  if (shown === undefined) {
    throw new GenctlError(
      'BOOT_ONCE_IMPOSSIBLE',
      `cannot boot an entry only once: ${menu.setAside[0]?.reason ?? `the menu of ${mountPointOf(target)} stays as it is`}`,
      { hint: menu.setAside[0]?.hint },
    );
  }
  return {
    generation,
    menu,
    parts: {
      prepare: [...steps, ...menu.parts.prepare],
      commit: [...menu.parts.commit, ...tellOnce(shown, key, oneShot, layout)],
      cleanup: menu.parts.cleanup,
    },
  };
}
