import type { BlockDevice } from '../facts/facts.ts';
import { builtLinks } from './built-links.ts';
import { leftOut, withOptions } from './declare-mount.ts';
import { describeBlocks, plainText } from './describe-block.ts';
import type { Definition, Omission } from './hardware-module.ts';
import type { Machine } from './machine.ts';
import type { PlacedMount } from './place-mounts.ts';
import { belowRoot, isNeededToBoot, isUsablePath } from './places.ts';
import type { MountPlan, PlannedMount, PlannedOption } from './planned-mount.ts';

/** Properties of a dataset, which mount(8) sets as well where ZFS leaves mounting to it. */
const properties: ReadonlySet<string> = new Set(['nosuid', 'nodev', 'noexec', 'noatime', 'ro']);

const zfsutil: PlannedOption = {
  value: 'zfsutil',
  because: 'its mountpoint property is not legacy',
  isDecisive: true,
};

/** How a dataset is declared (zfsprops(7): mountpoint; mount.zfs(8): zfsutil). */
export function planZfs(seen: PlacedMount, machine: Machine): MountPlan {
  const { mount, place, holders } = seen;
  const dataset = mount.source;
  if (dataset.includes('@')) return leftOut(seen, 'ZFS mounts its snapshots by itself');
  if (!isUsablePath(`/${dataset}`)) return leftOut(seen, 'the name of its dataset is no text');
  const { zfsMountPoints } = machine.facts;
  const property = Object.hasOwn(zfsMountPoints, dataset) ? zfsMountPoints[dataset] : undefined;
  const on = holders.length === 0 ? '' : ` on ${describeBlocks(holders, machine)}`;
  const source = { device: dataset, because: [`zfs ${plainText(dataset)}${on}`] };
  if (property === 'legacy') return withOptions(seen, source);
  if (property !== undefined) {
    const others = mount.options.filter(option => !properties.has(option));
    const asSeen = { ...seen, mount: { ...mount, options: others } };
    return withOptions(asSeen, { ...source, options: [zfsutil] });
  }
  const unknown = 'the mountpoint property of its dataset is not known';
  if (!isNeededToBoot(place))
    return leftOut(
      seen,
      `${unknown}: if it is not legacy, ZFS mounts it once its pool is imported (boot.zfs.extraPools)`,
    );
  const plan = withOptions(seen, source);
  const doubt: Omission = {
    subject: plainText(place),
    reason: `in doubt: ${unknown}; if it is not legacy, the option zfsutil is missing`,
  };
  return { ...plan, omissions: [...plan.omissions, doubt] };
}

export interface ZfsSystemPlan {
  readonly definitions: readonly Definition[];
  readonly omissions: readonly Omission[];
}

/** What NixOS has to know to import the pools that are mounted. Pure. */
export function planZfsSystem(
  mounts: readonly PlannedMount[],
  machine: Machine,
  root: string,
): ZfsSystemPlan {
  const onZfs = mounts.filter(({ fsType }) => fsType === 'zfs');
  if (onZfs.length === 0) return { definitions: [], omissions: [] };
  const neededToBoot = onZfs.some(({ seen }) => isNeededToBoot(seen.place));
  const parts: readonly (Definition | Omission | undefined)[] = [
    planHostId(machine, root, neededToBoot),
    planDevNodes(onZfs, machine, neededToBoot),
  ];
  return {
    definitions: parts.filter(part => part !== undefined && 'option' in part),
    omissions: parts.filter(part => part !== undefined && 'subject' in part),
  };
}

/** ZFS imports a pool only on the machine whose number it carries. */
function planHostId(machine: Machine, root: string, neededToBoot: boolean): Definition | Omission {
  const { hostId } = machine.facts;
  const subject = 'networking.hostId';
  if (belowRoot('/', root) === undefined) {
    const reason =
      "ZFS needs it, and the one that is known is the installer's: choose eight hexadecimal digits";
    return { subject, reason };
  }
  // Zero is how the kernel's module says that it has none.
  if (hostId === null || !/^(?!0{8})[0-9a-fA-F]{8}$/.test(hostId))
    return { subject, reason: 'ZFS needs it, and it is not known: see hostid(1)' };
  return {
    kind: 'value',
    option: ['networking', 'hostId'],
    value: hostId.toLowerCase(),
    isDefault: true,
    because: ['the ZFS pools are marked as in use by this machine'],
    neededToBoot,
  };
}

/** Where pools are looked for, in the order of preference; NixOS itself looks in the first. */
const folders = ['disk/by-id', 'disk/by-partuuid', 'disk/by-path'] as const;

/** NixOS looks for pools below /dev/disk/by-id, where a disk without a serial number is not. */
function planDevNodes(
  onZfs: readonly PlannedMount[],
  machine: Machine,
  neededToBoot: boolean,
): Definition | Omission | undefined {
  const members = [...new Set(onZfs.flatMap(({ holders }) => holders))];
  const folder = folders.find(each => members.every(member => isIn(each, member)));
  if (folder === folders[0]) return undefined;
  const nodes = folder === undefined ? '/dev' : `/dev/${folder}`;
  // A redacted capture has such names of no disk, a machine without udev none at all.
  const isRedacted = machine.facts.unknown.some(clause => clause.includes('/dev/disk/by-id'));
  if (isRedacted || members.some(({ links }) => links.length === 0))
    return {
      subject: 'boot.zfs.devNodes',
      reason: `it is not known whether the disks have names below /dev/disk/by-id: if not, it has to be ${nodes}`,
    };
  return {
    kind: 'value',
    option: ['boot', 'zfs', 'devNodes'],
    value: nodes,
    isDefault: false,
    because: ['not all disks of the pools have a name below /dev/disk/by-id'],
    neededToBoot,
  };
}

function isIn(folder: string, device: BlockDevice): boolean {
  const links = device.links.length > 0 ? device.links : builtLinks(device);
  return links.some(link => link.startsWith(`${folder}/`));
}
