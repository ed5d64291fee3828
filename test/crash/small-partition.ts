// A boot partition of a limited size, without a disk: memory that is mounted for one command, in a
// mount namespace that nobody else sees.
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';

const script = `
boot=$1 size=$2
shift 2
mkdir "$boot.small"
mount -t tmpfs -o "size=$size" tmpfs "$boot.small"
cp -a "$boot/." "$boot.small"
mount --bind "$boot.small" "$boot"
status=0
"$@" || status=$?
umount "$boot"
rm -rf "$boot"
cp -a "$boot.small" "$boot"
umount "$boot.small"
rmdir "$boot.small"
exit "$status"
`;

const unshare = ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];

/** What runs the command after it with no more than so many bytes at the machine's `/boot`. */
export function withSmallPartition(root: string, sizeBytes: number): string[] {
  return [...unshare, 'sh', '-ec', script, 'sh', path.join(root, 'boot'), String(sizeBytes)];
}

/** Whether this process may mount anything, if only for itself. */
export const canMount: boolean =
  spawnSync('unshare', [...unshare.slice(1), 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;
