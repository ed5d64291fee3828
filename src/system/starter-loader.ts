import type { BlockDevice, Facts } from '../hardware/facts/facts.ts';
import { BlockIndex } from '../hardware/module/block-index.ts';
import { nameDevice, namingOrder } from '../hardware/module/device-name.ts';

/** The loader that a starter declares. */
export type StarterLoader =
  | { kind: 'systemd-boot'; efiSysMountPoint: string }
  | {
      kind: 'grub';
      /** The disks that a BIOS starts it from, by their paths; empty where none is known. */
      devices: readonly string[];
      /** Whether what it reads is encrypted. */
      enableCryptodisk: boolean;
    };

/**
 * The loader that the firmware of a machine can start: GRUB for a BIOS, which systemd-boot has no
 * program for. In a container nothing tells what starts the machine. Pure.
 *
 * @param facts undefined where the machine is not the one that runs
 * @param rootPath where its root is mounted: `/`, or `/mnt` while it is installed
 */
export function starterLoader(
  facts: Facts | undefined,
  rootPath: string,
  efiSysMountPoint: string,
): StarterLoader {
  const isBios = facts?.firmware.kind === 'bios' && facts.virtualisation.container === null;
  if (!isBios) return { kind: 'systemd-boot', efiSysMountPoint };
  const blocks = new BlockIndex(facts.blockDevices);
  const holders = blocks.named(bootHolders(facts, rootPath));
  return {
    kind: 'grub',
    devices: bootDisks(holders, blocks),
    enableCryptodisk: blocks.below(holders).some(({ kind }) => kind === 'luks'),
  };
}

/** Kernel names of what `/boot` is on. */
function bootHolders({ mounts }: Facts, rootPath: string): readonly string[] {
  const below = rootPath.replace(/\/+$/, '');
  const mounted = (place: string): readonly string[] =>
    mounts.findLast(({ mountPoint }) => mountPoint === place)?.blockDevices ?? [];
  const boot = mounted(`${below}/boot`);
  return boot.length > 0 ? boot : mounted(below === '' ? '/' : below);
}

/** The disks whose first sectors a BIOS reads. */
function bootDisks(holders: readonly BlockDevice[], blocks: BlockIndex): string[] {
  const found = new Set(holders.flatMap(holder => partitioned(holder, blocks)));
  return [...found].map(
    disk => nameDevice(disk, namingOrder('id', ['uuid', 'partuuid']), blocks).path,
  );
}

/**
 * What holds the partition tables that a device lies behind: a disk, or what stands for several, as
 * a RAID of the firmware does.
 */
function partitioned(device: BlockDevice, blocks: BlockIndex): readonly BlockDevice[] {
  const lower = blocks.named(device.liesOn);
  if (device.kind === 'partition') return lower;
  if (lower.length === 0) return [device];
  if (device.kind === 'multipath') return [device];
  return lower.flatMap(each => partitioned(each, blocks));
}
