import { GenctlError } from '../errors.ts';
import type { Step } from '../transaction/step.ts';
import type { BootTarget, GrubLoaderPlace } from './boot-target.ts';
import {
  changeEnvironment,
  emptyEnvironment,
  readEnvironment,
  wrongSize,
} from './grub/environment-block.ts';
import type { BootLayout } from './layout.ts';
import type { LoaderKind } from './loader-kind.ts';
import { wordForEntry } from './loaders.ts';
import type { EntryKey, Menu } from './menu.ts';

/** The EFI variable by which systemd-boot is told what to boot next, once. It deletes it then. */
export const oneShotVariable = 'LoaderEntryOneShot';

/** What can be told to the firmware for the next boot, and what was. */
export interface OneShot {
  /** Why the variable cannot be used, a clause; undefined where it can. */
  obstacle: string | undefined;
  /** Undefined where it is not set. */
  value: string | undefined;
}

/** GRUB's variable for the same, which our menu empties before it boots what it says. */
const nextEntry = 'next_entry';

/** What loaders were told for the next boot. */
export interface NextBoot {
  /** GRUB's environment block, where there is one. */
  environment: string | undefined;
  /** The EFI variable, where it is set. */
  oneShot: string | undefined;
}

/**
 * What a loader boots next, once, by its own name for the entry; undefined where the default does,
 * also where GRUB's environment block is one that it cannot read.
 */
export function onceIdOf(
  loader: LoaderKind,
  { environment, oneShot }: NextBoot,
): string | undefined {
  return loader === 'grub' ? idOf(nextEntryIn(environment)) : oneShot;
}

/**
 * Lets a target boot an entry next, once: then the default again. Only the first loader is told,
 * and no mirror: whoever did not start would do it at some later time.
 *
 * @param menu what the target shows then; the entry is in it
 * @throws GenctlError BOOT_ONCE_IMPOSSIBLE with the reason; GRUBENV_DAMAGED, GRUBENV_FULL
 */
export function tellOnce(
  { target, menu }: { target: BootTarget; menu: Menu },
  key: EntryKey,
  oneShot: OneShot,
  layout: BootLayout,
): Step[] {
  const [place] = target.places;
  const word = wordForEntry(place, menu, key, layout);
  if (word === undefined) throw new Error('the entry is not in the menu');
  if (place.loader === 'grub') {
    const { unwritable } = place.surroundings.place.boot;
    if (unwritable !== undefined) {
      throw impossible(`GRUB could not take it back again: ${unwritable}`);
    }
    return environmentSteps(place, word, layout);
  }
  if (oneShot.obstacle !== undefined) throw impossible(oneShot.obstacle);
  return oneShot.value === word
    ? []
    : [{ kind: 'set-efi-variable', name: oneShotVariable, before: oneShot.value, after: word }];
}

/** Takes back what the firmware was told for the next boot, where that is an entry of ours. */
export function forgetInFirmware({ value }: OneShot, { entryPrefix }: BootLayout): Step[] {
  return value?.startsWith(entryPrefix) === true
    ? [{ kind: 'clear-efi-variable', name: oneShotVariable, before: value }]
    : [];
}

/**
 * Takes back what GRUB was told for the next boot, where that is an entry of ours.
 *
 * @throws GenctlError GRUBENV_FULL where it cannot be taken back
 */
export function forgetInGrub(place: GrubLoaderPlace, layout: BootLayout): Step[] {
  const id = idOf(nextEntryIn(place.boot.sectors.get(layout.grub.environment)));
  return id?.startsWith(layout.entryPrefix) === true
    ? environmentSteps(place, undefined, layout)
    : [];
}

function nextEntryIn(environment: string | undefined): string | undefined {
  if (environment === undefined) return undefined;
  try {
    const word = readEnvironment(environment, 'grubenv').get(nextEntry);
    return word === '' ? undefined : word;
  } catch (thrown) {
    if (thrown instanceof GenctlError) return undefined;
    throw thrown;
  }
}

/** GRUB is told an entry of a submenu by the submenu and the entry. */
function idOf(word: string | undefined): string | undefined {
  return word?.slice(word.lastIndexOf('>') + 1);
}

function environmentSteps(
  { boot }: GrubLoaderPlace,
  word: string | undefined,
  { grub: { environment: path } }: BootLayout,
): Step[] {
  const place = `${boot.mountPoint === '/' ? '' : boot.mountPoint}/${path}`;
  const text = boot.sectors.get(path);
  const sizeBytes = boot.sizes.get(path);
  if (text === undefined && sizeBytes !== undefined) throw wrongSize(place, sizeBytes);
  // Where there is none, the menu is written with an empty one.
  const before = text ?? emptyEnvironment;
  const after = changeEnvironment(before, new Map([[nextEntry, word]]), place);
  return after === before
    ? []
    : [{ kind: 'write-grub-environment', volume: boot.volume, path, before, after }];
}

function impossible(reason: string): GenctlError {
  return new GenctlError('BOOT_ONCE_IMPOSSIBLE', `cannot boot an entry only once: ${reason}`, {
    hint: 'Choose it in the boot menu; or make it the default: `genctl boot GEN`, and `genctl boot` with the old one later.',
  });
}
