import { posix } from 'node:path';
import { firstHidden } from '../printable.ts';
import type { EtcSourceLink } from './read-etc.ts';

/** Where a declaration is, for links that lead into it. */
export interface DeclarationPlace {
  /** The declaration's folder, a logical path, and the same without links on the way. */
  folders: readonly [string, string];
  /** Whether something is at a logical path. */
  isThere: (path: string) => boolean;
}

/**
 * Why a declared link cannot be meant as it is, one clause; undefined where it can. It is laid in
 * /etc as it stands, so a relative target starts there.
 */
export function linkProblem(
  { path, target }: EtcSourceLink,
  { folders, isThere }: DeclarationPlace,
): string | undefined {
  const character = firstHidden(target);
  if (character !== undefined) return `it leads to a path that holds ${character}`;

  const above = posix.dirname(path);
  const end = posix.resolve('/etc', above, target);
  if (end === `/etc/${path}`) return 'it would lead to itself in /etc';
  if (folders.some(folder => isWithin(end, folder))) {
    return `it would lead into the declaration, to ${end}, which no generation holds`;
  }
  // `../motd.txt` is right beside etc/, and elsewhere from /etc.
  const isMistaken = folders.some(folder => {
    const there = posix.resolve(folder, 'etc', above, target);
    return isBelow(there, folder) && !isWithin(there, `${folder}/etc`) && isThere(there);
  });
  return isMistaken
    ? `it leads to another file of the declaration, and would lead to ${end} in /etc`
    : undefined;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || isBelow(path, folder);
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
