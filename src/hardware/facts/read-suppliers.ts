import { byBytes } from '../../host/folder.ts';
import type { FileTree } from '../sources/file-tree.ts';
import { systemPath } from './system-path.ts';

/** `platform:fe8c0000.phy--platform:3c0800000.pcie`: both ends of a link, each with its bus. */
const linkName = /^([^:]+):(.+)--([^:]+):(.+)$/;

/**
 * What devices need beside what they hang on, as the firmware's tables and drivers have told the
 * kernel: by the path of each device those of its suppliers. The kernel has an entry of the class
 * `devlink` for each pair, whose name says it all (Documentation/ABI/testing/sysfs-class-devlink);
 * before Linux 5.12 it says less, and nothing is known. Devices of no bus are passed over.
 */
export function readSuppliers(tree: FileTree): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const name of tree.names('/sys/class/devlink')) {
    const [, supplierBus, supplier, consumerBus, consumer] = linkName.exec(name) ?? [];
    const from = pathOf(tree, consumerBus, consumer);
    const to = pathOf(tree, supplierBus, supplier);
    if (from === undefined || to === undefined) continue;
    const known = found.get(from);
    if (known === undefined) found.set(from, new Set([to]));
    else known.add(to);
  }
  return new Map([...found].map(([from, to]) => [from, [...to].toSorted(byBytes)]));
}

function pathOf(
  tree: FileTree,
  bus: string | undefined,
  name: string | undefined,
): string | undefined {
  if (bus === undefined || name === undefined || `${bus}${name}`.includes('/')) return undefined;
  const path = systemPath(tree, `/sys/bus/${bus}/devices/${name}`);
  return path?.startsWith('/devices/') === true ? path : undefined;
}
