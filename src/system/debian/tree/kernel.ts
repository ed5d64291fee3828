import { GenctlError } from '../../../errors.ts';
import type { Folder } from '../../../host/folder.ts';
import type { PackageControl } from './package-control.ts';

/**
 * The release of the kernel that a package brings, by itself or by what it depends on.
 *
 * @param info dpkg's folder of lists of files
 * @throws GenctlError KERNEL_MISSING
 */
export function kernelReleaseOf(
  info: Folder,
  kernelPackage: string,
  packages: readonly PackageControl[],
): string {
  const byName = new Map(packages.map(one => [one.name, one]));
  const queue = new Set([kernelPackage]);
  // A set that grows while it is walked is walked to its new end.
  for (const name of queue) {
    const one = byName.get(name);
    if (one === undefined) continue;
    const list =
      info.readFileIfThere(`${name}.list`) ??
      info.readFileIfThere(`${name}:${one.architecture}.list`);
    const release = /^\/boot\/vmlinu[xz]-(\S+)$/m.exec(list?.toString() ?? '')?.[1];
    if (release !== undefined) return release;
    for (const needed of [...one.preDepends, ...one.depends].flat()) queue.add(needed);
  }
  throw new GenctlError(
    'KERNEL_MISSING',
    `cannot find the kernel: neither the package ${kernelPackage} nor any it depends on brings one`,
    { hint: 'Name the package of a kernel, as in [system] kernelPackage = linux-image-amd64' },
  );
}
