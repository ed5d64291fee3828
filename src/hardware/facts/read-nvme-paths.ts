import { byBytes } from '../../host/folder.ts';
import type { FileTree } from '../sources/file-tree.ts';
import { listClass } from './read-class-devices.ts';
import { lastName, nearestAbove } from './system-path.ts';

/**
 * The controller of an NVMe disk that the kernel reaches by several paths (nvme-core's multipath):
 * the disk `nvme0n1` then lies below a virtual subsystem, and each controller `nvmeY` of it has a
 * hidden disk `nvme0cYn1`. Of several the first by path is given; they are of one kind.
 *
 * @param path of the disk, below /sys
 * @returns null where the disk is no such one
 */
export function nvmeControllerOf(
  tree: FileTree,
  path: string,
  devices: ReadonlySet<string>,
): string | null {
  if (!path.startsWith('/devices/virtual/nvme-subsystem/')) return null;
  const match = /^(nvme\d+)(n\d+)$/.exec(lastName(path));
  if (match === null) return null;
  const hidden = new RegExp(`^${match[1]}c\\d+${match[2]}$`);
  const [first] = listClass(tree, 'nvme')
    .filter(controller => tree.names(`/sys${controller.path}`).some(name => hidden.test(name)))
    .map(controller =>
      devices.has(controller.path) ? controller.path : nearestAbove(controller.path, devices),
    )
    .filter(device => device !== null)
    .toSorted(byBytes);
  return first ?? null;
}
