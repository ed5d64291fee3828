import { formatBytes } from '../../bytes.ts';
import { GenctlError } from '../../errors.ts';
import { Lock } from '../../host/lock.ts';
import { writeNotice } from '../../host/terminal.ts';
import { dropUnlocked } from '../../system/debian/apt/drop-unlocked.ts';
import { packageCacheFolder } from '../../system/debian/apt/package-cache.ts';
import type { LockedPackage } from '../../system/debian/lock/lock.ts';
import { readLock } from '../../system/debian/lock/lock-file.ts';
import type { Context } from '../context.ts';

/** Removes cached packages that `genctl.lock` does not name; without a sound lock, none. */
export function tidyPackages({ root, config }: Context): void {
  if (root.stat(packageCacheFolder) === undefined) return;
  using _lock = Lock.take(root, 'gc');
  const locked = packagesOf({ root, config });
  if (locked === undefined) return;
  const freedBytes = dropUnlocked(root, locked);
  if (freedBytes > 0) writeNotice(`removed cached packages (${formatBytes(freedBytes)})\n`);
}

function packagesOf({
  root,
  config,
}: Pick<Context, 'root' | 'config'>): readonly LockedPackage[] | undefined {
  try {
    return readLock(root, config)?.packages;
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    writeNotice(`cached packages are kept: ${thrown.message}\n`);
    return undefined;
  }
}
