import type { Root } from './root.ts';

/** Whether systemd runs the machine that the root is (sd_booted(3)): it does in no chroot. */
export function hasServiceManager(root: Root): boolean {
  return root.isLive && root.stat('/run/systemd/system') !== undefined;
}
