import { type BootTarget, ownedFiles, partitionsOf } from '../../boot/boot-target.ts';
import type { BootLayout } from '../../boot/layout.ts';
import { defaultIdAt, defaultKeyOf, entryIdAt, namesEntry } from '../../boot/loaders.ts';
import type { EntryKey, MenuDefault } from '../../boot/menu.ts';
import { type Profile, systemProfile } from '../../generations/generation.ts';
import type { Machine } from './read-machine.ts';
import { isSameGeneration } from './uses.ts';

/**
 * The default of a menu that is only brought up to date: nobody has asked for another one, so it
 * stays what it is as long as it is there. Where it is not, it is that of the other partitions, or
 * the current generation, or the newest before it that can boot (the newer ones are what somebody
 * has gone back from), or the newest at all.
 */
export function defaultToKeep(
  { layout, targets }: Machine,
  target: BootTarget,
  profiles: readonly Profile[],
): MenuDefault | undefined {
  const bootable = profiles.flatMap(({ name, generations }) =>
    generations
      .filter(({ system }) => 'bootspec' in system)
      .map(({ number }): EntryKey => ({ profile: name, number })),
  );
  const isBootable = (key: EntryKey | undefined): boolean =>
    bootable.some(other => isSameGeneration(other, key));
  const common = commonDefault(
    targets.flatMap(each => defaultKeyOf(each, layout) ?? []).filter(isBootable),
    profiles,
  );
  if (common !== undefined) return common;
  const own = defaultKeyOf(target, layout);
  if (isBootable(own)) return own;
  const standing = standingDefault(target, own, layout, profiles);
  if (standing !== undefined) return standing;
  const ofSystem = bootable.filter(({ profile }) => profile === systemProfile);
  const current = profiles.find(({ name }) => name === systemProfile)?.currentNumber ?? 0;
  return ofSystem.findLast(({ number }) => number <= current) ?? ofSystem.at(-1) ?? bootable.at(-1);
}

/**
 * What all of several partitions boot: what the first says. Where they differ, one of them was
 * away when another default was chosen; the current generation is the one that was chosen last.
 */
function commonDefault(
  said: readonly EntryKey[],
  profiles: readonly Profile[],
): EntryKey | undefined {
  const isCurrent = ({ profile, number }: EntryKey): boolean =>
    profiles.some(({ name, currentNumber }) => name === profile && currentNumber === number);
  return said.find(isCurrent) ?? said[0];
}

/** A default that no generation which can be read stands for, but that the menu still has. */
function standingDefault(
  target: BootTarget,
  key: EntryKey | undefined,
  layout: BootLayout,
  profiles: readonly Profile[],
): MenuDefault | undefined {
  const id = defaultIdAt(target.places[0], layout);
  if (id === undefined || !canBeWritten(id)) return undefined;
  const stays =
    key === undefined
      ? isOfOthers(id, target, layout)
      : isQuarantined(key, profiles) && isWhole(id, target, layout);
  return stays ? { standing: id } : undefined;
}

/** What a sector of ours can hold without a change. */
function canBeWritten(id: string): boolean {
  const isText = !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffd]/.test(id);
  return isText && id !== '' && Buffer.byteLength(id) <= 255;
}

/** Whether a default names an entry that this installation has not written. */
function isOfOthers(wanted: string, target: BootTarget, layout: BootLayout): boolean {
  const [place] = target.places;
  // What systemd-boot remembers or finds by itself, in places that are not looked at here.
  if (place.loader === 'systemd-boot' && /^(?:@|auto-)|\.efi$/i.test(wanted)) return true;
  const owned = new Set(ownedFiles(target).map(({ path }) => path));
  const paths = partitionsOf(target).flatMap(({ sizes }) => [...sizes.keys()]);
  return paths.some(path => {
    const id = owned.has(path) ? undefined : entryIdAt(place, path, layout);
    return id !== undefined && /\.(?:conf|cfg)$/.test(path) && namesEntry(place, wanted, id);
  });
}

function isQuarantined(key: EntryKey, profiles: readonly Profile[]): boolean {
  return profiles.some(({ name, generations }) =>
    generations.some(
      ({ number, system }) =>
        'finding' in system && isSameGeneration(key, { profile: name, number }),
    ),
  );
}

/** Whether an entry of ours and all that it needs is on one of the target's partitions. */
function isWhole(id: string, target: BootTarget, layout: BootLayout): boolean {
  const [place] = target.places;
  return partitionsOf(target).some(({ sizes, ledger }) => {
    const owned = new Map((ledger?.files ?? []).map(file => [file.path, file]));
    const path = [...owned.keys()].find(each => entryIdAt(place, each, layout) === id);
    if (path === undefined) return false;
    return [path, ...(owned.get(path)?.uses ?? [])].every(
      needed => sizes.has(needed) && sizes.get(needed) === owned.get(needed)?.sizeBytes,
    );
  });
}
