import type { Finding } from '../errors.ts';
import type { Root } from '../host/root.ts';
import type { BootTarget, LoaderPlace } from './boot-target.ts';
import { type LeftOnEsp, readLeftOnEsp } from './grub/left-on-esp.ts';
import type { GrubSurroundings } from './grub/surroundings.ts';
import type { BootLayout } from './layout.ts';
import type { InstalledGrub } from './ledger.ts';
import type { OpenPlace, OpenTarget, OpenVolume } from './open-target.ts';
import { type BootPartition, readBootPartition } from './read-boot-partition.ts';

/** Reads what GRUB has to know beside its partitions; `boot` is what was read of the boot partition. */
export type SurroundingsOf = (
  place: Extract<OpenPlace, { loader: 'grub' }>,
  boot: BootPartition,
) => { surroundings: GrubSurroundings; findings: readonly Finding[] };

/**
 * Reads the partitions of a target, as far as they concern us.
 *
 * @param surroundingsOf reads what GRUB has to know beside its partitions
 * @throws GenctlError LEDGER_TOO_NEW, …
 */
export function readTarget(
  root: Root,
  target: OpenTarget,
  layout: BootLayout,
  surroundingsOf: SurroundingsOf,
): BootTarget {
  const read = new Map(
    target.volumes.map(volume => [volume, readBootPartition(volume.top, volume, layout)]),
  );
  const partitionOf = (volume: OpenVolume): BootPartition => read.get(volume) as BootPartition;
  const placeOf = (place: OpenPlace): LoaderPlace => {
    const boot = partitionOf(place.boot);
    if (place.loader === 'systemd-boot') {
      return { loader: place.loader, esp: partitionOf(place.esp), boot };
    }
    const { esp } = place;
    const around = surroundingsOf(place, boot);
    return { loader: place.loader, esp: esp && partitionOf(esp), boot, ...around };
  };
  const [first, ...others] = target.places;
  return {
    places: [placeOf(first), ...others.map(placeOf)],
    left: target.left.map(partitionOf),
    leftOnEsp: leftBehind(root, target, layout, partitionOf),
  };
}

/** What a GRUB has left on an ESP that no place starts it from any more. */
function leftBehind(
  root: Root,
  { places, volumes }: OpenTarget,
  layout: BootLayout,
  partitionOf: (volume: OpenVolume) => BootPartition,
): LeftOnEsp | undefined {
  const isUsed = (boot: OpenVolume, { mountPoint }: NonNullable<InstalledGrub['esp']>): boolean =>
    places.some(
      place =>
        place.loader === 'grub' && place.boot === boot && place.esp?.mountPoint === mountPoint,
    );
  const recorded = volumes.flatMap(volume => {
    const esp = partitionOf(volume).ledger?.grub?.esp;
    return esp === undefined || isUsed(volume, esp) ? [] : [esp];
  })[0];
  const esp = volumes.find(({ mountPoint }) => mountPoint === recorded?.mountPoint);
  if (recorded === undefined || esp === undefined) return undefined;
  const isFollowed = places.some(place => place.loader === 'systemd-boot' && place.esp === esp);
  return readLeftOnEsp(root, esp.top, recorded, layout, isFollowed);
}
