import { formatBytes } from '../../bytes.ts';
import { GenctlError } from '../../errors.ts';
import { Lock } from '../../host/lock.ts';
import { writeNotice } from '../../host/terminal.ts';
import { dropOldLists } from '../../system/debian/apt/drop-old-lists.ts';
import { dropUnlocked } from '../../system/debian/apt/drop-unlocked.ts';
import type { LockedPackage } from '../../system/debian/lock/lock.ts';
import { readLock } from '../../system/debian/lock/lock-file.ts';
import type { Context } from '../context.ts';

const caches = '/var/cache/genctl';

/**
 * Removes cached packages that `genctl.lock` does not name, none without a sound lock; and old lists
 * of packages. Where another run has begun meanwhile, they stay: it may need them.
 */
export function tidyPackages({ root, config }: Pick<Context, 'root' | 'config'>): void {
  if (root.stat(caches) === undefined) return;
  using lock = lockIfFree(root);
  if (lock === undefined) return;
  const locked = packagesOf({ root, config });
  const packageBytes = locked === undefined ? 0 : dropUnlocked(root, locked);
  if (packageBytes > 0) writeNotice(`removed cached packages (${formatBytes(packageBytes)})\n`);
  const listBytes = dropOldLists(root);
  if (listBytes > 0) writeNotice(`removed old lists of packages (${formatBytes(listBytes)})\n`);
}

function lockIfFree(root: Context['root']): Lock | undefined {
  try {
    return Lock.take(root, 'gc');
  } catch (thrown) {
    if (thrown instanceof GenctlError && thrown.code === 'LOCKED') return undefined;
    throw thrown;
  }
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
