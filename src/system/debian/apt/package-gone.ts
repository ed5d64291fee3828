import { GenctlError } from '../../../errors.ts';
import type { LockedPackage } from '../lock/lock.ts';

const mostNamed = 10;

/**
 * An error for locked versions that no mirror has any more. Pure.
 *
 * @param cachePath where they could still have been, a path on the host
 */
export function packagesGone(
  gone: readonly Pick<LockedPackage, 'name' | 'version'>[],
  cachePath: string,
): GenctlError {
  const named = gone.slice(0, mostNamed).map(({ name, version }) => `${name} ${version}`);
  const more = gone.length > mostNamed ? ` and ${gone.length - mostNamed} more` : '';
  const names = gone.slice(0, mostNamed).map(({ name }) => name);
  return new GenctlError(
    'PACKAGE_GONE',
    `${named.join(', ')}${more}: no mirror has ${gone.length === 1 ? 'this version' : 'these versions'} any more, nor has ${cachePath}`,
    {
      hint:
        gone.length > mostNamed
          ? 'Take the newest of all: genctl lock --update'
          : `Take what the mirrors have now: genctl lock --update ${names.join(' ')}`,
    },
  );
}
