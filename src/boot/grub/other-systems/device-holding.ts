import type { Mount } from '../../../host/mounts.ts';

/**
 * The device that holds what is at a path of the host, as mounts name it; undefined where that is
 * no device (a memory file system, a pool, an overlay).
 */
export function deviceHolding(mounts: readonly Mount[], hostPath: string): string | undefined {
  const holds = ({ mountPoint }: Mount): boolean =>
    mountPoint === '/' || `${hostPath}/`.startsWith(`${mountPoint}/`);
  const innermost = mounts.filter(holds).reduce<Mount | undefined>((found, mount) => {
    // Of two at one place the later one is on top.
    const isDeeper = found === undefined || mount.mountPoint.length >= found.mountPoint.length;
    return isDeeper ? mount : found;
  }, undefined);
  const source = innermost?.source ?? '';
  return source.startsWith('/dev/') ? source : undefined;
}
