import { bootPartition } from '../../boot/boot-target.ts';
import { formatBytes } from '../../bytes.ts';
import type { Finding } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { partitionUsage } from './generation-space.ts';
import type { Machine } from './read-machine.ts';

/** Boot partitions on which another generation like the largest would have no room. */
export function roomFindings(root: Root, { targets }: Machine): Finding[] {
  return targets.flatMap(target => {
    const { freeBytes, generations } = partitionUsage(target);
    const largestBytes = Math.max(
      0,
      ...generations.map(({ ownBytes, sharedBytes }) => ownBytes + sharedBytes),
    );
    if (largestBytes === 0 || freeBytes >= largestBytes) return [];
    return [
      {
        code: 'BOOT_PARTITION_TIGHT',
        subject: root.onHost(bootPartition(target).mountPoint),
        reason: `${formatBytes(freeBytes)} are free; a generation with a kernel and an initrd of its own takes up to ${formatBytes(largestBytes)}`,
        hint: 'The next `genctl switch` may take old entries out of the menu. See `genctl gc --dry-run` for what takes the room.',
      },
    ];
  });
}
