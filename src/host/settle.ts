import script from '../../templates/settle.sh.eta';
import type { Folder } from './folder.ts';
import { type Mount, mountAt, readMounts } from './mounts.ts';
import { run } from './run.ts';

/**
 * Makes what was synced visible to who reads a file system without its log, as GRUB and firmware do.
 * syncfs(2) is enough on ext3 and ext4, which write names to their place with it. XFS leaves that
 * for later, and only freezing it does it at once.
 *
 * @param top where the file system is mounted; nothing is done where it is used for more than that,
 *   since who works there would have to wait
 * @throws GenctlError PROGRAM_FAILED where it was frozen and cannot be let go
 */
export async function settle(top: Folder): Promise<void> {
  if (!isToBeFrozen(readMounts(), top.realPath)) return;
  await run('sh', ['-c', script, 'sh', top.path], { shielded: true });
}

/** Whether a path is the top of an XFS that is mounted there and nowhere else. Never so for `/`. */
export function isToBeFrozen(mounts: readonly Mount[], path: string): boolean {
  const mount = mountAt(mounts, path);
  return (
    mount?.fileSystem === 'xfs' &&
    path !== '/' &&
    mounts.every(
      ({ number, mountPoint }) => number !== mount.number || mountPoint === mount.mountPoint,
    )
  );
}
