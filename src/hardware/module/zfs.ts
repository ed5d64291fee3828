import { leftOut, withOptions } from './declare-mount.ts';
import { describeBlocks, plainText } from './describe-block.ts';
import type { Definition, Omission } from './hardware-module.ts';
import type { Machine } from './machine.ts';
import type { PlacedMount } from './place-mounts.ts';
import { isNeededToBoot, isUsablePath } from './places.ts';
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
    return leftOut(seen, `${unknown}: if it is not legacy, ZFS mounts it`);
  const plan = withOptions(seen, source);
  const doubt: Omission = {
    subject: plainText(place),
    reason: `in doubt: ${unknown}; if it is not legacy, the option zfsutil is missing`,
  };
  return { ...plan, omissions: [...plan.omissions, doubt] };
}

export interface HostIdPlan {
  readonly definitions: readonly Definition[];
  readonly omissions: readonly Omission[];
}

/** ZFS imports a pool only on the machine whose number it carries. */
export function planHostId(mounts: readonly PlannedMount[], machine: Machine): HostIdPlan {
  const places = mounts.filter(({ fsType }) => fsType === 'zfs').map(({ seen }) => seen.place);
  if (places.length === 0) return { definitions: [], omissions: [] };
  const { hostId } = machine.facts;
  if (hostId === null || !/^[0-9a-fA-F]{8}$/.test(hostId)) {
    const reason = 'ZFS needs it, and it is not known: see hostid(1)';
    return { definitions: [], omissions: [{ subject: 'networking.hostId', reason }] };
  }
  const definition: Definition = {
    kind: 'value',
    option: ['networking', 'hostId'],
    value: hostId.toLowerCase(),
    isDefault: false,
    because: ['the ZFS pools are marked as in use by this machine'],
    neededToBoot: places.some(isNeededToBoot),
  };
  return { definitions: [definition], omissions: [] };
}
