import { byBytes } from '../../host/folder.ts';
import { hidden } from '../../printable.ts';
import type { BlockDevice, MountedFileSystem } from '../facts/facts.ts';
import { plainText } from './describe-block.ts';
import type { Omission } from './hardware-module.ts';
import type { Machine } from './machine.ts';
import { belowRoot, isWithin, joined } from './places.ts';

/** A mount at the place where the machine that is described has it. */
export interface PlacedMount {
  /** Its mount point, without what the machine is mounted at. */
  readonly place: string;
  readonly mount: MountedFileSystem;
  readonly holders: readonly BlockDevice[];
}

export interface PlacedMounts {
  /** What is seen of the mount table, one at each place, in the order of the places. */
  readonly mounts: readonly PlacedMount[];
  readonly omissions: readonly Omission[];
}

/** What the kernel makes up, and what fills itself: no machine's module says anything of it. */
const withoutContent: ReadonlySet<string> = new Set([
  'autofs',
  'bdev',
  'binder',
  'binfmt_misc',
  'bpf',
  'cgroup',
  'cgroup2',
  'configfs',
  'cpuset',
  'debugfs',
  'devpts',
  'devtmpfs',
  'dlmfs',
  'efivarfs',
  'functionfs',
  'fuse.gvfsd-fuse',
  'fuse.lxcfs',
  'fuse.portal',
  'fusectl',
  'hugetlbfs',
  'mqueue',
  'nfsd',
  'nsfs',
  'pipefs',
  'proc',
  'pstore',
  'resctrl',
  'rootfs',
  'rpc_pipefs',
  'securityfs',
  'selinuxfs',
  'smackfs',
  'sockfs',
  'sysfs',
  'tracefs',
  'xenfs',
]);

const filledAtBoot = ['/proc', '/sys', '/dev', '/run'];

/**
 * The mounts below a root, each at its place; without what is no matter of a module, in silence,
 * and without what no fstab can say, named. Pure.
 */
export function placeMounts(machine: Machine, root: string): PlacedMounts {
  const omissions: Omission[] = [];
  const placed: PlacedMount[] = [];
  for (const mount of inSight(machine.facts.mounts)) {
    const place = belowRoot(mount.mountPoint, root);
    if (place === undefined || filledAtBoot.some(folder => isWithin(place, folder))) continue;
    if (isIdleAutomount(mount, machine.facts.mounts))
      omissions.push({ subject: plainText(place), reason: notMountedNow });
    if (withoutContent.has(mount.type)) continue;
    const reason = whyUnsayable(place, mount);
    if (reason === undefined) {
      placed.push({ place, mount, holders: holdersOf(mount, machine) });
    } else {
      omissions.push({ subject: plainText(place), reason });
    }
  }
  const seen = new Map(
    placed.filter(each => !isStoreOnItself(each, placed)).map(each => [each.place, each] as const),
  );
  const mounts = [...seen.values()].toSorted((left, right) => byBytes(left.place, right.place));
  if (mounts.length === 0 && omissions.length === 0 && belowRoot('/', root) === undefined) {
    omissions.push({ subject: plainText(root), reason: 'nothing is mounted there' });
  }
  return { mounts, omissions };
}

const notMountedNow =
  'it is mounted on demand, and was not mounted: list what is in it, and run genctl again';

/** A place that systemd mounts something at when somebody looks (systemd.automount(5)). */
function isIdleAutomount(mount: MountedFileSystem, mounts: readonly MountedFileSystem[]): boolean {
  if (mount.type !== 'autofs' || mount.source !== 'systemd-1') return false;
  return !mounts.some(
    other => other.mountPoint === mount.mountPoint && !withoutContent.has(other.type),
  );
}

/**
 * Without what lies under a later mount at a folder above it. What a machine starts with was mounted
 * before its root, and is moved into it: under `/` nothing is hidden.
 */
function inSight(mounts: readonly MountedFileSystem[]): readonly MountedFileSystem[] {
  const lastAt = new Map(mounts.map(({ mountPoint }, at) => [mountPoint, at] as const));
  return mounts.filter(({ mountPoint }, at) =>
    foldersAbove(mountPoint).every(folder => (lastAt.get(folder) ?? -1) < at),
  );
}

/** Without `/`. */
function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    folders.push(path.slice(0, end));
  return folders;
}

function whyUnsayable(place: string, mount: MountedFileSystem): string | undefined {
  if (place.includes('\uFFFD') || mount.source.includes('\uFFFD'))
    return 'its name holds bytes that are no text';
  if (hidden.test(place)) return 'its name holds characters that cannot be seen';
  // NixOS writes a backslash into fstab as it is.
  if (/\\[0-7]{3}/.test(place)) return 'fstab would read its name as another one';
  if (isDeleted(mount.rootInside)) return 'the folder that it shows has been deleted';
  return undefined;
}

/** The kernel appends it to the path of what is gone. */
function isDeleted(path: string): boolean {
  return path.endsWith('//deleted') || path.endsWith(' (deleted)');
}

/** ZFS's own account of which pool is on which disks is not among the facts: labels are. */
function holdersOf(mount: MountedFileSystem, machine: Machine): readonly BlockDevice[] {
  if (mount.type !== 'zfs' || mount.blockDevices.length > 0)
    return machine.blocks.named(mount.blockDevices);
  const pool = mount.source.split('/', 1)[0];
  return [...machine.blocks.all()].filter(
    ({ content }) => content?.type === 'zfs_member' && content.label === pool,
  );
}

/** NixOS itself mounts the store a second time at its place, to make it read-only. */
function isStoreOnItself(each: PlacedMount, placed: readonly PlacedMount[]): boolean {
  if (each.place !== '/nix/store' || !each.mount.options.includes('ro')) return false;
  const under = placed.slice(0, placed.indexOf(each));
  return (
    under.some(other => other.place === each.place && showsSame(other.mount, each.mount, '/')) ||
    showsItself(each, under)
  );
}

/**
 * Whether a mount shows what is at its place anyway.
 *
 * @param placed other mounts, of which the nearest above the place counts
 */
export function showsItself(each: PlacedMount, placed: readonly PlacedMount[]): boolean {
  const above = placed
    .toReversed()
    .filter(({ place }) => place !== each.place && isWithin(each.place, place))
    .toSorted((left, right) => right.place.length - left.place.length)[0];
  if (above === undefined) return false;
  const rest = above.place === '/' ? each.place : each.place.slice(above.place.length);
  return showsSame(above.mount, each.mount, rest);
}

/** Whether one mount shows at a path in it what another shows at its top. */
function showsSame(one: MountedFileSystem, other: MountedFileSystem, path: string): boolean {
  return one.number === other.number && joined(one.rootInside, path) === other.rootInside;
}
