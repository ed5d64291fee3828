import { GenctlError } from '../../errors.ts';
import { mountAt, readMounts } from '../../host/mounts.ts';
import type { Root } from '../../host/root.ts';
import type { HardwareArgs } from './read-hardware.ts';

/**
 * Whether a root is of the machine that runs: its own, or that of an installation on it, where
 * something is mounted. Any other one is a copy of another machine, or will be one.
 */
export function isOfThisMachine(root: Root): boolean {
  return root.isLive || mountAt(readMounts(), root.hostPath) !== undefined;
}

/** @throws GenctlError ROOT_NOT_MOUNTED where this machine's hardware would be taken for another's */
export function checkWhose(root: Root, { from }: Pick<HardwareArgs, 'from'>): void {
  if (from !== undefined || isOfThisMachine(root)) return;
  throw new GenctlError(
    'ROOT_NOT_MOUNTED',
    `${root.hostPath} is not the machine that runs: nothing is mounted there`,
    {
      hint: 'For an installation, mount its file systems there first; for another machine, name its capture with --from.',
    },
  );
}
