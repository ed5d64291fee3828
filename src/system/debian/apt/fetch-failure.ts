import { GenctlError } from '../../../errors.ts';
import { printableLine } from '../../../printable.ts';
import type { LockedPackage } from '../lock/lock.ts';
import { aptFailure } from './apt-failure.ts';
import { packagesGone } from './package-gone.ts';

/** The bytes are others than the lock says. */
const isDamaged = /^(?:Hash Sum mismatch|Size mismatch|File has unexpected size|Writing more data)/;
/**
 * The mirror has no such file: the status that the reason begins with, or what a folder says. No
 * number elsewhere: a reason ends with an address and a port.
 */
const isGone = /^(?:40[34]|410)\s|File not found|No such file/;

/**
 * Why packages could not be fetched, from what apt printed on standard error. Pure.
 *
 * @param wanting what has not come
 * @param cachePath where they could still have been, a path on the host
 * @returns PACKAGE_DAMAGED; PACKAGE_GONE only where that is true of all of them; else APT_FAILED
 */
export function fetchFailure(
  wanting: readonly LockedPackage[],
  stderr: string,
  cachePath: string,
): GenctlError {
  const failures = [...stderr.matchAll(/^(?:E|Error): Failed to fetch (\S+)\s+(.*)$/gm)].map(
    ([, uri = '', reason = '']) => ({ file: uriFileName(uri), reason }),
  );
  const reasonsOf = ({ poolPath }: LockedPackage): string[] =>
    failures.filter(({ file }) => file === uriFileName(poolPath)).map(({ reason }) => reason);
  const damaged = wanting.find(each => reasonsOf(each).some(reason => isDamaged.test(reason)));
  if (damaged !== undefined) {
    return new GenctlError(
      'PACKAGE_DAMAGED',
      `${damaged.name} ${damaged.version}: the mirror has other bytes under that name than the lock says (SHA-256 ${damaged.sha256})`,
      {
        hint: `Take what the mirror has now, if you trust it: genctl lock --update ${damaged.name}`,
      },
    );
  }
  const areAllGone = wanting.every(each => {
    const reasons = reasonsOf(each);
    return reasons.length > 0 && reasons.every(reason => isGone.test(reason));
  });
  if (areAllGone) return packagesGone(wanting, cachePath);
  const [first] = wanting;
  const others = wanting.length > 1 ? ` and ${wanting.length - 1} more` : '';
  return aptFailure(
    printableLine(`cannot fetch ${first?.name} ${first?.version}${others}`),
    stderr,
  );
}

/** The name of the file that an address ends with. Pure. */
export function uriFileName(uri: string): string {
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
