import type { BlockKind } from './facts.ts';

/** What can be seen of a block device that tells its kind. */
export interface BlockSigns {
  /** The kernel's name. */
  readonly name: string;
  /** Below /sys. */
  readonly path: string;
  /** DEVTYPE of its `uevent`: `disk` or `partition`. */
  readonly type: string | undefined;
  /** `dm/uuid`. */
  readonly mappingUuid: string | undefined;
}

/**
 * What a mapping's uuid begins with: who makes mappings writes its mark there (libdevmapper.h,
 * dm_task_set_uuid). kpartx marks a partition of a mapping by `part2-`.
 */
const mappings: readonly (readonly [RegExp, BlockKind])[] = [
  [/^CRYPT-LUKS[12]-/, 'luks'],
  [/^CRYPT-PLAIN-/, 'plain-crypt'],
  [/^LVM-/, 'lvm'],
  [/^mpath-/, 'multipath'],
  [/^part\d+-/, 'partition'],
];

/** What the kernel's own drivers call their disks. */
const disks: readonly (readonly [RegExp, BlockKind])[] = [
  [/^md(\d|_)/, 'mdraid'],
  [/^bcache\d/, 'bcache'],
  [/^loop\d/, 'loop'],
  [/^zram\d/, 'zram'],
  [/^sr\d/, 'optical'],
];

/** The kind of a block device. */
export function blockKind({ name, path, type, mappingUuid }: BlockSigns): BlockKind {
  if (/^dm-\d/.test(name)) return firstOf(mappings, mappingUuid ?? '') ?? 'other-mapping';
  if (type === 'partition') return 'partition';
  // DRBD, ZFS volumes, network block devices: what they lie on is not a matter of this machine's
  // device tree.
  const other = path.startsWith('/devices/virtual/block/') ? 'other-mapping' : 'disk';
  return firstOf(disks, name) ?? other;
}

function firstOf(
  signs: readonly (readonly [RegExp, BlockKind])[],
  text: string,
): BlockKind | undefined {
  return signs.find(([sign]) => sign.test(text))?.[1];
}
