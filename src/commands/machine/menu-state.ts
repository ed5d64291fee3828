import { bootPartition, partitionsOf } from '../../boot/boot-target.ts';
import { chooseGenerations } from '../../boot/build-menu.ts';
import type { EntryKey } from '../../boot/menu.ts';
import type { Generation } from '../../generations/generation.ts';
import type { Machine } from './read-machine.ts';
import { isSameGeneration } from './uses.ts';

/** Whether the menu of the first boot partition shows a generation, and why not. */
export interface MenuState {
  /** Null where that cannot be read. */
  inMenu: boolean | null;
  notInMenu: 'no-room' | 'beyond-limit' | 'menu-behind' | 'cannot-boot' | null;
}

export function menuStateOf(generation: Generation, machine: Machine | undefined): MenuState {
  const [target] = machine?.targets ?? [];
  if (target === undefined) return { inMenu: null, notInMenu: null };
  const isHere = (key: EntryKey | undefined): boolean =>
    key !== undefined && isSameGeneration(key, generation);
  const isShown = partitionsOf(target).some(({ ledger, sizes }) =>
    ledger?.files.some(({ path, key }) => isHere(key) && sizes.has(path)),
  );
  if (isShown) return { inMenu: true, notInMenu: null };
  const lacksRoom = bootPartition(target).ledger?.leftOut?.some(({ key }) => isHere(key)) ?? false;
  const cannotBoot = 'finding' in generation.system;
  return {
    inMenu: false,
    notInMenu: cannotBoot
      ? 'cannot-boot'
      : lacksRoom
        ? 'no-room'
        : isBeyondLimit(generation, machine)
          ? 'beyond-limit'
          : 'menu-behind',
  };
}

/** Whether the limit leaves a generation out; of others, the menu has not been told yet. */
function isBeyondLimit(generation: Generation, machine: Machine | undefined): boolean {
  if (machine === undefined) return false;
  const { configurationLimit } = machine.settings;
  const within = chooseGenerations({ profiles: machine.profiles, configurationLimit, always: [] });
  return !within.some(each => isSameGeneration(each, generation));
}

/** The reason as a person reads it. */
export function sayMenuState({ inMenu, notInMenu }: MenuState): string {
  if (inMenu === null) return '?';
  return inMenu || notInMenu === null ? 'yes' : `no: ${notInMenu.replace('-', ' ')}`;
}
