import { writeNotice } from '../../host/terminal.ts';
import { writeLock } from '../../system/debian/lock/lock-file.ts';
import type { Context } from '../context.ts';
import type { Build } from './build-system.ts';

/** Writes what packages a system was built by into the declaration, where that is news. */
export function keepLock({ root, config, dryRun }: Context, { newLock }: Build): void {
  if (newLock === undefined || dryRun) return;
  writeLock(root, config, newLock);
  writeNotice(`genctl.lock: ${newLock.packages.length} packages, as they were built\n`);
}
