import type { BlockDevice } from '../facts/facts.ts';
import { plainText } from './describe-block.ts';
import type { Omission } from './hardware-module.ts';
import type { Machine } from './machine.ts';
import type { PlacedMount } from './place-mounts.ts';
import { isPlaceOfSystem, isWithin } from './places.ts';
import { subvolumeOf } from './subvolume.ts';

/** What programs mount for themselves below a folder, and why it is nobody else's. */
const stores: readonly { folder: string; reason: string }[] = [
  ...[
    'containerd',
    'containers',
    'docker',
    'incus',
    'kubelet',
    'lxc',
    'lxd',
    'machines',
    'rancher',
  ].map(name => ({ folder: `/var/lib/${name}`, reason: 'containers mount what is below it' })),
  { folder: '/snap', reason: 'snaps mount themselves' },
  { folder: '/var/lib/snapd', reason: 'snaps mount themselves' },
  { folder: '/var/snap', reason: 'snaps mount themselves' },
];

/** Files that a manager of containers or a program lays over a system's own. */
const singleFile =
  /^\/etc\/(hosts|hostname|resolv\.conf|machine-id|localtime|adjtime|passwd|group|shadow|fstab)$|\/ssh_host_\w+_key(\.pub)?$/;

/** Where desktops mount what is plugged in (udisks(8)), and people what they declare. */
const plugged = '/media';

const byType: Readonly<Record<string, string>> = {
  cifs: 'its password is not part of a hardware module: declare it by hand',
  smb3: 'its password is not part of a hardware module: declare it by hand',
  ceph: 'its key is not part of a hardware module: declare it by hand',
  davfs: 'its password is not part of a hardware module: declare it by hand',
  ecryptfs: 'its key is not part of a hardware module: declare it by hand',
  fuseblk: 'a program mounts it, and which one is not to be seen (ntfs-3g for NTFS)',
};

/**
 * Why a mount is no part of a hardware module, by what it is; undefined where it is one.
 *
 * @param system the disks that the system itself is on
 */
export function whyLeftOut(
  { place, mount, holders }: PlacedMount,
  system: ReadonlySet<BlockDevice>,
  machine: Machine,
): Omission | undefined {
  const store = stores.find(({ folder }) => isWithin(place, folder));
  if (store !== undefined && !isForStore(store.folder, { place, mount, holders }))
    return { subject: store.folder, reason: store.reason };
  const reason =
    byType[mount.type] ??
    whyNotOfMachine({ place, mount, holders }) ??
    whyNotOfDisks(holders, system, machine);
  return reason === undefined ? undefined : { subject: plainText(place), reason };
}

/** A disk of its own for a store or for a folder in it is the machine's, whoever fills it. */
function isForStore(folder: string, { place, mount, holders }: PlacedMount): boolean {
  if (holders.length === 0 || holders.some(isFile)) return false;
  const depth = place.slice(folder.length).split('/').length - 1;
  const isWhole = mount.rootInside === (subvolumeOf(mount)?.path ?? '/');
  return depth === 0 || (depth === 1 && isWhole);
}

function whyNotOfMachine({ place, mount }: PlacedMount): string | undefined {
  const { type, isFolder } = mount;
  if (type === 'fuse' || type.startsWith('fuse.')) return 'a program mounts it (FUSE)';
  // systemd makes a folder where nothing is, which a file cannot be mounted over.
  if (isFolder === false || (isFolder === null && singleFile.test(place)))
    return 'it is a single file';
  if (isPlugged(place, mount.options)) return 'desktops mount there what is plugged in';
  if (type === 'tmpfs' && place === '/tmp') return 'NixOS has boot.tmp.useTmpfs for it';
  if (type === 'overlay' && place === '/')
    return 'an overlay is mounted there, as in live systems and containers';
  if (/^\/(iso|nix\/\.r[ow]-store)$/.test(place)) return 'it belongs to an installation image';
  return undefined;
}

/** Folders of users, and mounts as udisks makes all of them. */
function isPlugged(place: string, options: readonly string[]): boolean {
  if (!place.startsWith(`${plugged}/`)) return false;
  const isOfUser = place.slice(plugged.length + 1).includes('/');
  return isOfUser || ['nosuid', 'nodev'].every(option => options.includes(option));
}

function whyNotOfDisks(
  holders: readonly BlockDevice[],
  system: ReadonlySet<BlockDevice>,
  machine: Machine,
): string | undefined {
  const foreign = machine.blocks
    .disksBelow(holders)
    .filter(disk => !system.has(disk) && machine.isDetachable(disk));
  if (foreign.some(({ kind }) => kind === 'optical')) return 'it is on an optical disc';
  if (foreign.some(({ device }) => machine.isExternal(device)))
    return 'it is on a USB or FireWire disk';
  return foreign.length > 0 ? 'it is on a removable disk' : undefined;
}

function isFile({ kind }: BlockDevice): boolean {
  return kind === 'loop';
}

/** The disks that hold what a machine cannot do without, wherever they are plugged in. */
export function disksOfSystem(
  mounts: readonly PlacedMount[],
  machine: Machine,
): ReadonlySet<BlockDevice> {
  const holders = mounts
    .filter(({ place }) => isPlaceOfSystem(place))
    .flatMap(each => each.holders);
  return new Set(machine.blocks.disksBelow(holders));
}

/** Why a swap is no part of a hardware module, by the disks that it is on. */
export function whySwapLeftOut(
  device: BlockDevice,
  system: ReadonlySet<BlockDevice>,
  machine: Machine,
): string | undefined {
  return whyNotOfDisks([device], system, machine);
}
