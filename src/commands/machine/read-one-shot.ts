import { type OneShot, oneShotVariable } from '../../boot/boot-once.ts';
import { hasLoaderFeature, readFirmware, readLoaderVariable } from '../../host/efi-variables.ts';
import type { Root } from '../../host/root.ts';

/** What the firmware was told for the next boot, and whether it can be. */
export function readOneShot(root: Root): OneShot {
  return { obstacle: obstacleOf(root), value: readLoaderVariable(root, oneShotVariable) };
}

function obstacleOf(root: Root): string | undefined {
  if (!root.isLive) return 'systemd-boot is told by the firmware, and another root has none';
  if (readFirmware(root) === undefined) return 'this machine was not started by UEFI';
  return hasLoaderFeature(root, 'bootOnce')
    ? undefined
    : 'the boot loader that has started this machine does not say that it can';
}
