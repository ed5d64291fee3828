import { type LoaderPlace, mapPlaces } from '../../boot/boot-target.ts';
import type { Machine } from './read-machine.ts';

/**
 * The machine for a verb that has another purpose than its loader: where GRUB is installed it stays
 * as it is, so that a disk which is gone holds up nothing else.
 */
export function postponingGrub(machine: Machine): Machine {
  return { ...machine, targets: machine.targets.map(target => mapPlaces(target, postponing)) };
}

function postponing(place: LoaderPlace): LoaderPlace {
  if (place.loader !== 'grub') return place;
  const { surroundings } = place;
  const { installation } = surroundings;
  if ('code' in installation) return place;
  return {
    ...place,
    surroundings: { ...surroundings, installation: { ...installation, isPostponed: true } },
  };
}
