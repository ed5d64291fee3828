import { GenctlError } from '../../../errors.ts';
import { mayChownHint, mayGiveFilesUpTo } from '../../../host/effective-user.ts';

/** Debian's and packages' users and groups have numbers up to this one (Debian Policy 9.2.2). */
const lastSystemNumber = 999;

/**
 * Sees to it that packages can be installed at all, before one is fetched: their files belong to
 * root and to system users and groups.
 *
 * @throws GenctlError NOT_ALLOWED
 */
export function assertMayInstall(): void {
  if (mayGiveFilesUpTo(lastSystemNumber)) return;
  throw new GenctlError(
    'NOT_ALLOWED',
    'cannot install packages: their files belong to root and others, and only root can give files to others',
    { hint: mayChownHint() },
  );
}
