import { byBytes } from '../../host/folder.ts';
import type { BlockDevice, Device } from '../facts/facts.ts';
import type { KernelModules } from '../kernel/kernel-modules.ts';
import type { ChainLink } from './boot-chain.ts';
import { plainText } from './describe-block.ts';
import { describeDisk } from './describe-device.ts';
import { deviceLinks } from './device-links.ts';
import { deviceModules } from './device-modules.ts';
import type { Machine } from './machine.ts';
import { mappingModules } from './mapping-modules.ts';

/** Buses whose devices are the disks, not what disks are plugged into. */
const diskBuses: ReadonlySet<string> = new Set(['mmc', 'nvme', 'scsi', 'virtio', 'xen']);

/** What no other mapping's description begins with. */
const luks = 'LUKS';

/**
 * From some block devices down to the hardware, all branches, each device once: a RAID, its first
 * partition, that one's disk, its controller; then the second partition.
 */
export function blockLinks(
  top: readonly BlockDevice[],
  machine: Machine,
  kernel: KernelModules | undefined,
): readonly ChainLink[] {
  const links: ChainLink[] = [];
  const passedBlocks = new Set<BlockDevice>();
  const passedDevices = new Set<Device>();
  // Not by recursion: odd facts may be as deep as they are long.
  const ahead = inOrder(top).toReversed();
  for (let block = ahead.pop(); block !== undefined; block = ahead.pop()) {
    if (passedBlocks.has(block)) continue;
    passedBlocks.add(block);
    const parts = machine.blocks.named(block.liesOn);
    links.push(linkOf(block, parts, machine, kernel, passedDevices));
    links.push(...deviceLinks(block.device, machine, kernel, passedDevices));
    ahead.push(...inOrder(parts).toReversed());
  }
  return links;
}

/** By what stays the same from boot to boot, as far as there is something. */
function inOrder(blocks: readonly BlockDevice[]): readonly BlockDevice[] {
  return blocks
    .map(block => ({
      block,
      keys: [describeBlock(block), block.content?.memberUuid ?? '', block.device ?? '', block.name],
    }))
    .toSorted((left, right) => byBytes(left.keys.join('\0'), right.keys.join('\0')))
    .map(({ block }) => block);
}

function linkOf(
  block: BlockDevice,
  parts: readonly BlockDevice[],
  machine: Machine,
  kernel: KernelModules | undefined,
  passed: Set<Device>,
): ChainLink {
  if (block.kind === 'disk' || block.kind === 'optical')
    return diskLink(block, machine, kernel, passed);
  return {
    kind: kindOf(block),
    what: describeBlock(block),
    modules: mappingModules(block, parts, machine.facts.loadedModules, kernel),
  };
}

/** Whether a link is a LUKS device, which somebody has to open. */
export function isLuksLink({ kind, what }: ChainLink): boolean {
  return kind === 'mapping' && what.startsWith(luks);
}

function kindOf({ kind }: BlockDevice): ChainLink['kind'] {
  if (kind === 'partition') return 'partition';
  return kind === 'mdraid' ? 'raid' : 'mapping';
}

function diskLink(
  disk: BlockDevice,
  machine: Machine,
  kernel: KernelModules | undefined,
  passed: Set<Device>,
): ChainLink {
  const [nearest] = machine.chainOf(disk.device);
  const isDisk = nearest?.bus !== null && diskBuses.has(nearest?.bus ?? '');
  const device = isDisk ? nearest : undefined;
  if (device !== undefined) passed.add(device);
  const modules = device === undefined ? [] : deviceModules(device, kernel);
  return { kind: 'disk', what: describeDisk(disk, device, modules), modules };
}

function describeBlock({ kind, partition, mapping, raid, backingFile }: BlockDevice): string {
  const name = mapping === null ? '' : ` ${plainText(mapping.name)}`;
  switch (kind) {
    case 'partition':
      if (partition === null) return `partition${name}`;
      return partition.uuid === null
        ? `partition ${partition.number}`
        : `partition ${plainText(partition.uuid)}`;
    case 'luks':
      return `${luks}${name}`;
    case 'plain-crypt':
      return `dm-crypt without a header${name}`;
    case 'lvm':
      return `logical volume${name}`;
    case 'multipath':
      return `multipath${name}`;
    case 'other-mapping':
      return `mapping${name}`;
    case 'mdraid':
      return [raid?.level ?? 'RAID', raid?.uuid ?? '']
        .filter(text => text !== '')
        .map(plainText)
        .join(' ');
    case 'loop':
      return backingFile === null ? 'file' : `file ${plainText(backingFile)}`;
    case 'zram':
      return 'compressed memory';
    case 'disk':
    case 'optical':
    case 'bcache':
      return kind;
  }
}
