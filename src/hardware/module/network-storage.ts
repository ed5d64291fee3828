import type { BlockDevice } from '../facts/facts.ts';
import type { Machine } from './machine.ts';

/** File systems that a server has; `fuse.` before one of them changes nothing (mount(8), _netdev). */
const ofServers: ReadonlySet<string> = new Set([
  'afs',
  'ceph',
  'cifs',
  'davfs',
  'glusterfs',
  'lustre',
  'nfs',
  'nfs4',
  'orangefs',
  'smb3',
  'smbfs',
  'sshfs',
]);

/** Disks that the kernel reaches by a server: network block devices, Ceph's, DRBD's. */
const netDisks = /^(?:drbd|nbd|rbd)\d/;

/**
 * What a disk of a server hangs on in /sys: a session of iSCSI (scsi_transport_iscsi.c), NVMe over
 * Fabrics (nvme/host/fabrics.c), a controller of FCoE (fcoe_sysfs.c).
 */
const netPaths = /\/(?:session\d+|nvme-fabrics|ctlr_\d+)(?:\/|$)/;

/** Whether a type of file system is one that comes from a server, whatever it is called by. */
export function isNetworkType(type: string): boolean {
  return ofServers.has(type.replace(/^fuse\./, ''));
}

/** Whether a block device by itself, not what it lies on, is reached over a network. */
export function isNetworkDisk({ name, device }: BlockDevice): boolean {
  return netDisks.test(name) || netPaths.test(device ?? '');
}

/**
 * Whether something is mounted, or used as swap, over a network: its type is a server's, or any of
 * what its devices lie on is a disk of a server. Pure.
 *
 * @param type of the file system; undefined for a swap
 * @param holders the block devices right below it
 */
export function isReachedOverNetwork(
  type: string | undefined,
  holders: readonly BlockDevice[],
  machine: Machine,
): boolean {
  if (type !== undefined && isNetworkType(type)) return true;
  return machine.blocks.below(holders).some(isNetworkDisk);
}
