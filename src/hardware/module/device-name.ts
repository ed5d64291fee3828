import type { BlockDevice } from '../facts/facts.ts';
import type { BlockIndex } from './block-index.ts';
import { builtLinks, isPlainPath } from './built-links.ts';
import type { DeviceNaming } from './hardware-module.ts';

/** `mapper`: its name below /dev/mapper. */
export type Naming = DeviceNaming | 'mapper';

export interface DeviceName {
  /** `/dev/disk/by-uuid/…` */
  readonly path: string;
  /** Why it is not named as was asked for, one clause each. */
  readonly notes: readonly string[];
  /** False where only the kernel's own name is left, which may be another device's tomorrow. */
  readonly isLasting: boolean;
}

/**
 * How a device is to be named: as was asked, else by what is most its own. A mapping's name is
 * as good as any link, and is still its own when a snapshot shares its UUID.
 */
export function namingOrder(asked: DeviceNaming, without: readonly Naming[] = []): Naming[] {
  const order: Naming[] = [asked, 'uuid', 'partuuid', 'mapper', 'id', 'path'];
  return [...new Set(order)].filter(naming => !without.includes(naming));
}

const words: Readonly<Record<Naming, string>> = {
  uuid: 'UUID',
  partuuid: 'partition UUID',
  label: 'label',
  id: 'id',
  path: 'path',
  mapper: 'mapping name',
};

/** The first lasting name in an order that no other device has too. */
export function nameDevice(
  device: BlockDevice,
  order: readonly Naming[],
  blocks: BlockIndex,
): DeviceName {
  const notes: string[] = [];
  for (const naming of order) {
    const link = linkBy(device, naming);
    if (link === undefined) {
      if (naming === order[0]) notes.push(`not by ${words[naming]}: none is known`);
    } else if (blocks.claimants(link).some(other => isAnother(other, device, blocks))) {
      notes.push(`not by ${words[naming]}: another device has the same`);
    } else {
      return { path: `/dev/${link}`, notes, isLasting: true };
    }
  }
  notes.push('unstable: nothing but the name that the kernel gives at each boot');
  return { path: `/dev/${device.name}`, notes, isLasting: false };
}

/** Without `/dev/`. */
function linkBy(device: BlockDevice, naming: Naming): string | undefined {
  if (naming === 'mapper') {
    const link = device.mapping === null ? undefined : `mapper/${device.mapping.name}`;
    return link !== undefined && isPlainPath(link) && link.split('/').length === 2
      ? link
      : undefined;
  }
  const folder = `disk/by-${naming}/`;
  // Where udev ran it is udev that says which links there are.
  const links = device.links.length > 0 ? device.links : builtLinks(device);
  const fitting = links
    .filter(link => link.startsWith(folder) && !link.slice(folder.length).includes('/'))
    .filter(isPlainPath);
  return naming === 'id' ? bestById(fitting) : fitting[0];
}

/** By what the hardware calls itself, rather than by a bare number. */
const betterFirst = [
  /^disk\/by-id\/dm-name-/,
  /^disk\/by-id\/md-uuid-/,
  /^disk\/by-id\/(ata|nvme|mmc|usb|virtio|scsi)-(?!eui\.|nvme\.|uuid\.|[0-9])/,
  /^disk\/by-id\//,
];

function bestById(links: readonly string[]): string | undefined {
  for (const wanted of betterFirst) {
    const found = links.find(link => wanted.test(link));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a name that both have could lead to the wrong one of them. */
export function isAnother(other: BlockDevice, device: BlockDevice, blocks: BlockIndex): boolean {
  if (other === device || areMembersOfOne(other, device)) return false;
  const below = new Set(blocks.below([device]));
  // What lies below shows the same content, and so does one of several ways to the same disk.
  if (below.has(other) || blocks.below([other]).includes(device)) return false;
  const isMultipath = [...below].some(({ kind }) => kind === 'multipath');
  return !(isMultipath && blocks.disksBelow([other]).every(disk => below.has(disk)));
}

/** A copy of a file system's only device has the same number as the device itself. */
export function areMembersOfOne(
  { content: one }: BlockDevice,
  { content: two }: BlockDevice,
): boolean {
  if (one === null || two === null || one.uuid === null) return false;
  if (one.type !== two.type || one.uuid !== two.uuid) return false;
  if (!['btrfs', 'bcachefs', 'zfs_member', 'linux_raid_member'].includes(one.type)) return false;
  return one.memberUuid === null || one.memberUuid !== two.memberUuid;
}
