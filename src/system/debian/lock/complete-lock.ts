import { GenctlError } from '../../../errors.ts';
import { nearestWord } from '../../declaration/nearest-word.ts';
import type { AptSettings } from '../apt/apt-settings.ts';
import { resolvePackages } from '../apt/resolve-packages.ts';
import { type Lock, noAccounts } from './lock.ts';
import { lockState } from './lock-state.ts';

/** What is to become newer: nothing, everything, or the packages of these names. */
export type Update = 'nothing' | 'everything' | readonly string[];

export interface LockWish {
  /** What is locked by now; undefined for a first lock. */
  lock: Lock | undefined;
  /** Names of packages, sorted. */
  wanted: readonly string[];
  update: Update;
  /** Where a name was declared, `FILE:LINE`, for messages. */
  placeOf?: (name: string) => string | undefined;
}

/**
 * The lock for what is wanted. What is locked and still needed stays at its version unless it is
 * to be updated; numbers of users and groups stay in any case. A lock that is current needs no
 * apt and no network.
 *
 * @returns the same lock where nothing is to be done
 * @throws GenctlError LOCK_OTHER_SUITE, LOCK_OTHER_ARCHITECTURE, PACKAGE_NOT_LOCKED, and what
 *   `resolvePackages` throws
 */
export async function completeLock(
  settings: AptSettings,
  { lock, wanted, update, placeOf }: LockWish,
): Promise<Lock> {
  const { suite, architecture } = settings;
  const isAnew = lock === undefined || update === 'everything';
  const names = typeof update === 'string' ? [] : update;
  if (lock !== undefined && !isAnew) {
    assertFits(lock, settings);
    assertLocked(lock, names);
    const isCurrent = lockState(lock, { wanted, suite, architecture }).kind === 'current';
    if (isCurrent && names.length === 0) return lock;
  }
  const packages = await resolvePackages(settings, {
    wanted,
    locked: isAnew ? [] : lock.packages,
    update: names,
    freshLists: update !== 'nothing',
    ...(placeOf !== undefined && { placeOf }),
  });
  return { accounts: noAccounts, ...lock, suite, architecture, wanted, packages };
}

/**
 * @throws GenctlError LOCK_OTHER_SUITE, LOCK_OTHER_ARCHITECTURE where none of its packages can be
 *   used
 */
function assertFits(
  lock: Lock,
  { suite, architecture }: Pick<AptSettings, 'suite' | 'architecture'>,
): void {
  if (lock.architecture !== architecture) {
    throw new GenctlError(
      'LOCK_OTHER_ARCHITECTURE',
      `genctl.lock is for ${lock.architecture}, and the machine is declared as ${architecture}`,
      {
        hint: `Find all packages anew for ${architecture}: genctl lock --update`,
      },
    );
  }
  if (lock.suite !== suite) {
    throw new GenctlError(
      'LOCK_OTHER_SUITE',
      `genctl.lock is for ${lock.suite}, and ${suite} is declared`,
      { hint: `Find all packages anew in ${suite}: genctl lock --update` },
    );
  }
}

function assertLocked(lock: Lock, names: readonly string[]): void {
  const locked = new Set(lock.packages.map(({ name }) => name));
  const unknown = names.find(name => !locked.has(name));
  if (unknown === undefined) return;
  const nearest = nearestWord(unknown, locked);
  throw new GenctlError(
    'PACKAGE_NOT_LOCKED',
    `cannot update ${unknown}: no package of that name is in genctl.lock`,
    {
      hint:
        nearest === undefined
          ? 'Declare it first: `systemPackages` in [environment].'
          : `Did you mean ${nearest}?`,
    },
  );
}
