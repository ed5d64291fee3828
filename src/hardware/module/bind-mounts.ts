import { leftOut } from './declare-mount.ts';
import { plainText } from './describe-block.ts';
import { keptOfMount } from './mount-options.ts';
import { type PlacedMount, showsItself } from './place-mounts.ts';
import { isUsablePath, isWithin, joined } from './places.ts';
import type { MountPlan, PlannedMount, PlannedOption } from './planned-mount.ts';
import { subvolumeOf } from './subvolume.ts';

/** File systems of which every mount is another one: what is seen twice is a bind mount. */
const newAtEachMount: ReadonlySet<string> = new Set(['tmpfs', 'ramfs', 'overlay']);

/** What is in front of each name in the store, wherever that is mounted. */
const storeHash = /\/[0-9a-df-np-sv-z]{32}-/;

/**
 * Whether a mount shows a folder of a file system that is mounted elsewhere too.
 *
 * @param before what was mounted earlier
 */
export function isBindMount({ mount }: PlacedMount, before: readonly PlacedMount[]): boolean {
  if (mount.rootInside !== (subvolumeOf(mount)?.path ?? '/')) return true;
  return (
    newAtEachMount.has(mount.type) &&
    before.some(
      other => other.mount.number === mount.number && other.mount.rootInside === mount.rootInside,
    )
  );
}

/**
 * How a bind mount is declared: by the folder that it shows, under a mount that is in the module.
 *
 * @param places all that is seen of the mount table, which may hide that folder
 */
export function planBindMount(
  seen: PlacedMount,
  wholes: readonly PlannedMount[],
  places: readonly PlacedMount[],
): MountPlan {
  if (showsItself(seen, places)) return leftOut(seen, 'it is a folder mounted on itself');
  if (storeHash.test(seen.mount.rootInside))
    return leftOut(seen, 'it shows a part of the system that runs, and each one mounts its own');
  const found = wholes
    .flatMap(whole => {
      const folder = folderUnder(whole.seen, seen);
      return folder === undefined ? [] : [{ whole, folder }];
    })
    .find(({ whole, folder }) => isVisible(folder, whole.seen, seen, places));
  if (found === undefined)
    return leftOut(seen, 'it shows a folder of something that is not in the module as a whole');
  const { whole, folder } = found;
  if (!isUsablePath(folder) || folder === seen.place)
    return leftOut(seen, 'the folder that it shows cannot be named');
  const before = keptOfMount(whole.seen.mount);
  const options: PlannedOption[] = [
    { value: 'bind', because: 'it shows a folder that is elsewhere', isDecisive: true },
    ...keptOfMount(seen.mount)
      .filter(option => !before.includes(option))
      .filter(option => !(seen.place === '/' && option === 'ro') && option !== 'strictatime')
      .map(value => ({ value, because: 'as mounted', isDecisive: false })),
  ];
  const mount: PlannedMount = {
    seen,
    device: folder,
    fsType: 'none',
    options,
    because: [`a folder of ${plainText(whole.seen.place)}`],
    needs: [folder],
    holders: seen.holders,
  };
  return { mount, omissions: [] };
}

/** Where a mount's folder is found under a whole file system. */
function folderUnder(whole: PlacedMount, seen: PlacedMount): string | undefined {
  const top = whole.mount.rootInside;
  if (whole.mount.number !== seen.mount.number || !isWithin(seen.mount.rootInside, top))
    return undefined;
  const rest = top === '/' ? seen.mount.rootInside : seen.mount.rootInside.slice(top.length);
  return joined(whole.place, rest === '' ? '/' : rest);
}

/** Whether no other mount lies over the folder, and the folder is not under the mount itself. */
function isVisible(
  folder: string,
  whole: PlacedMount,
  seen: PlacedMount,
  places: readonly PlacedMount[],
): boolean {
  if (isWithin(folder, seen.place) && seen.place !== '/') return false;
  const nearest = places
    .filter(other => other !== seen && isWithin(folder, other.place))
    .toSorted((left, right) => right.place.length - left.place.length)[0];
  return nearest === whole;
}
