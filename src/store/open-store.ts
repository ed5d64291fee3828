import { GenctlError } from '../errors.ts';
import type { Root } from '../host/root.ts';
import { LocalStore } from './local-store.ts';
import { NixStore } from './nix-store.ts';
import type { Store } from './store.ts';
import { readStoreRecord } from './store-record.ts';

/** Where Nix keeps which paths are valid; its collector deletes all others. */
const nixDatabase = '/nix/var/nix/db';

/**
 * The store of a root: the kind that was recorded when something was first added to it, else Nix's
 * where Nix has its database there, else a local one. Nothing is written.
 *
 * @param use what the caller is about to do. A store that Nix came to manage as well can be read
 *   and no more: Nix's collector deletes paths that it did not register.
 * @throws GenctlError STORE_MANAGED_TWICE, STORE_DATABASE_MISSING, STORE_RECORD_NEWER,
 *   STORE_RECORD_INVALID
 */
export function openStore(root: Root, use: 'read' | 'change'): Store {
  const recorded = readStoreRecord(root);
  const nixIsThere = root.stat(nixDatabase) !== undefined;
  if (recorded === 'local' && nixIsThere && use === 'change') {
    throw new GenctlError(
      'STORE_MANAGED_TWICE',
      `cannot change the store of ${root.hostPath}: genctl manages it, and Nix has a database at ${root.onHost(nixDatabase)} too, whose collector would delete genctl's paths`,
      { hint: "Run `genctl store adopt`, which registers genctl's paths with Nix." },
    );
  }
  if (recorded === 'nix' && !nixIsThere) {
    throw new GenctlError(
      'STORE_DATABASE_MISSING',
      `cannot use the store of ${root.hostPath}: Nix manages it, but its database ${root.onHost(nixDatabase)} is missing`,
      { hint: 'Restore it from a backup, or install Nix again.' },
    );
  }
  return (recorded ?? (nixIsThere ? 'nix' : 'local')) === 'nix'
    ? new NixStore(root)
    : new LocalStore(root);
}
