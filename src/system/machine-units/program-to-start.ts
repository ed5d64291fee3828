import { type Finding, GenctlError } from '../../errors.ts';
import type { FileStat } from '../../host/folder.ts';
import type { Root } from '../../host/root.ts';

/** Folders of a running machine that do not outlive it, or are anybody's. */
const passing = /^\/(?:tmp|var\/tmp|dev|run|proc)\//;
const [groupMayWrite, othersMayWrite, sticky] = [0o020, 0o002, 0o1000] as const;
/** Who is in it is root anyway. */
const rootGroup = 0;

/**
 * Refuses programs that units must not start as root: those that somebody else can exchange, and
 * those that are gone after a boot.
 *
 * @param words the command, absolute paths without links
 * @returns what another root does not have yet
 * @throws GenctlError PROGRAM_UNSAFE
 */
export function checkProgram(root: Root, words: readonly string[]): Finding[] {
  return words.flatMap(path => {
    const flaw = flawOf(root, path);
    if (flaw === 'missing') return [missing(root, path)];
    if (flaw !== undefined) throw unsafe(path, flaw.reason);
    return [];
  });
}

/**
 * Whether units can trust what is at a path: only root can exchange it, and it outlives a boot.
 *
 * @param path absolute, without links
 */
export function flawOf(root: Root, path: string): { reason: string } | 'missing' | undefined {
  if (root.isLive && passing.test(`${path}/`)) {
    return { reason: 'that folder is cleared at each boot' };
  }
  // Who owns the root itself may do anything in it: in an image of a user's, the user.
  const trusted = new Set([0, root.stat('/')?.uid]);
  for (const place of placesOf(path)) {
    const stat = root.stat(place);
    if (stat === undefined) return 'missing';
    if (!trusted.has(stat.uid)) return { reason: `${place} belongs to user ${stat.uid}` };
    if (isOpenToOthers(stat)) return { reason: `not only root may write to ${place}` };
  }
  return undefined;
}

function isOpenToOthers({ kind, mode, gid }: FileStat): boolean {
  // What a link leads to is looked at by its own name; a mode it has none.
  if (kind === 'link') return false;
  // In a sticky folder nobody exchanges what belongs to somebody else.
  if (kind === 'folder' && (mode & sticky) !== 0) return false;
  return (mode & othersMayWrite) !== 0 || ((mode & groupMayWrite) !== 0 && gid !== rootGroup);
}

/** `/`, `/usr`, `/usr/bin`, `/usr/bin/node`. */
function placesOf(path: string): string[] {
  const names = path.split('/').slice(1);
  return ['/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)];
}

function missing(root: Root, path: string): Finding {
  return {
    code: 'UNIT_PROGRAM_MISSING',
    subject: root.onHost(path),
    reason: 'the units and hooks start it, and it is not there yet',
    hint: 'Install genctl there as it is installed here.',
  };
}

function unsafe(path: string, why: string): GenctlError {
  return new GenctlError('PROGRAM_UNSAFE', `units shall not start ${path} as root: ${why}`, {
    hint: 'Install genctl where only root can write, such as /opt, and run it from there.',
  });
}
