import { isWithin, mountedFirst } from './places.ts';
import type { PlannedMount } from './planned-mount.ts';

/**
 * What has to be mounted before the system starts: what NixOS mounts first by itself, and all that
 * this lies in or is made of, each with the place that needs it (null: NixOS knows). Pure.
 */
export function mountsNeededFirst(
  mounts: readonly PlannedMount[],
): ReadonlyMap<PlannedMount, string | null> {
  const needed = new Map<PlannedMount, string | null>();
  for (const mount of mounts) {
    if (mountedFirst.has(mount.seen.place)) needed.set(mount, null);
  }
  // What is added while the map is walked is walked too.
  for (const mount of needed.keys()) {
    for (const path of [mount.seen.place, ...mount.needs]) {
      for (const other of mounts) {
        const isNew = !needed.has(other) && isWithin(path, other.seen.place);
        if (isNew) needed.set(other, mount.seen.place);
      }
    }
  }
  return needed;
}
