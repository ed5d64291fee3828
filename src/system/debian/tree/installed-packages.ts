import { GenctlError } from '../../../errors.ts';
import type { PackageVersion } from '../lock/lock.ts';

/**
 * Sees to it that exactly the wanted packages are installed, and configured. Pure.
 *
 * @param listing `NAME VERSION ARCHITECTURE STATUS`, a package a line
 * @throws GenctlError PACKAGE_FAILED
 */
export function assertInstalled(listing: string, wanted: readonly PackageVersion[]): void {
  const found = new Set(listing.split('\n').filter(line => line !== ''));
  for (const one of wanted) {
    const line = `${one.name} ${one.version} ${one.architecture} installed`;
    if (!found.delete(line)) throw failed(`${one.name} ${one.version} was not configured`);
  }
  for (const line of found) throw failed(`${line} came along, which is not in the lock`);
}

function failed(reason: string): GenctlError {
  return new GenctlError('PACKAGE_FAILED', `cannot install the packages: ${reason}`, {
    hint: 'Make the lock anew: genctl lock --update',
  });
}
