import type { Finding } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import { Folder } from '../host/folder.ts';
import { kernelUses, type ProcessUse, processUses } from '../host/open-files.ts';
import { effectiveCapabilities } from '../host/processes.ts';
import type { Root } from '../host/root.ts';
import { isStorePath, type StorePath, storeFolder } from './store-path.ts';

/** Root's right to read and write what is whose ever (capabilities(7)). */
const dacOverride = 1n << 1n;

/**
 * A name like a store path's, wherever it stands: a process below another root names its files by
 * other folders than we do.
 */
const anyBaseName = /\/([0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]+)/g;

/** What the kernel puts behind the path of a file that has lost its name. */
const deletedMark = ' (deleted)';

export interface UsedPaths {
  /** Why each is used: `process 123 (sshd): /proc/123/maps`. Not all are in place. */
  reasons: Map<StorePath, string>;
  /** What could not be read although it had to be. */
  findings: Finding[];
}

/**
 * What running processes and the kernel use of a store. Too many rather than too few: in the live
 * machine's store all counts that is named like a path of it; in another one, all but what is
 * plainly another store's.
 */
export function usedPaths(root: Root, store: Folder | undefined): UsedPaths {
  const reasons = new Map<StorePath, string>();
  const unreadable = new Set<number>();
  for (const use of processUses()) {
    if (use.text === undefined) unreadable.add(use.pid);
    else {
      const named = root.isLive ? namedIn(use.text) : namedOf(store, use, use.text);
      note(reasons, named, `process ${use.pid} (${use.command}): ${use.where}`);
    }
  }
  if (root.isLive) {
    // Another root's kernel is not the one that runs.
    for (const { where, text } of kernelUses()) note(reasons, namedIn(text), where);
  }
  return { reasons, findings: unreadableFindings(root, unreadable) };
}

function note(reasons: Map<StorePath, string>, baseNames: Iterable<string>, reason: string): void {
  for (const baseName of baseNames) {
    const path = `${storeFolder}/${baseName}`;
    if (isStorePath(path) && !reasons.has(path)) reasons.set(path, reason);
  }
}

function* namedIn(text: string): Generator<string, void, undefined> {
  for (const [, baseName] of text.matchAll(anyBaseName)) {
    if (baseName !== undefined) yield baseName;
  }
}

/** The names in a text that can be about a store, line by line. */
function* namedOf(
  store: Folder | undefined,
  use: ProcessUse,
  text: string,
): Generator<string, void, undefined> {
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    for (const { 1: baseName, index } of line.matchAll(anyBaseName)) {
      if (baseName === undefined) continue;
      const place: Place = {
        // A line of /proc/PID/maps has numbers before the path.
        folder: line.slice(line.indexOf('/'), index) || '/',
        baseName,
        isDeleted: line.endsWith(deletedMark),
      };
      const key = `${place.folder}/${baseName}${place.isDeleted ? deletedMark : ''}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (canBeIn(store, use, place)) yield baseName;
    }
  }
}

/** A path, as the kernel tells it of a process. */
interface Place {
  /** What is before the base name, as the process's mount namespace has it, or ours. */
  folder: string;
  baseName: string;
  isDeleted: boolean;
}

/**
 * Whether a process that names a path can mean a store's. Names do not tell, as folders may be
 * mounted in several places, and a process may be in a chroot or a container: so what they lead to
 * is compared, by inode alone, as an overlay and btrfs have device numbers of their own.
 */
function canBeIn(
  store: Folder | undefined,
  { pid, where }: ProcessUse,
  { folder, baseName, isDeleted }: Place,
): boolean {
  const own = store?.stat(baseName)?.inode;
  if (own === undefined) return false;
  // Of a folder that is mounted it says where that is in its file system, which is none of ours.
  if (where.endsWith('/mountinfo')) return true;
  const processRoot = `/proc/${pid}/root`;
  const here = inodeAt(folder, baseName);
  const theirs = inodeAt(`${processRoot}${folder}`, baseName);
  const inTheirStore = inodeAt(`${processRoot}${storeFolder}`, baseName);
  if ([here, theirs, inTheirStore].includes(own)) return true;
  // What has lost its name is in no store any more.
  if (isDeleted) return false;
  // Another's, where it leads to the same for us and for the process, or in its chroot to nothing.
  return here === undefined || (theirs !== undefined && theirs !== here);
}

function inodeAt(hostPath: string, name: string): number | undefined {
  return ifThere(() => {
    using folder = Folder.atHostPath(hostPath);
    return folder.stat(name)?.inode;
  }, [
    'FILE_MISSING',
    'NOT_A_FOLDER',
    'NOT_ALLOWED',
    'LINK_IN_THE_WAY',
    'PATH_IMPOSSIBLE',
    'FILE_FAILED',
  ]);
}

/** Nobody but root sees into all processes; where root does not either, that is worth knowing. */
function unreadableFindings(root: Root, pids: ReadonlySet<number>): Finding[] {
  const isRoot = (effectiveCapabilities() & dacOverride) !== 0n;
  if (pids.size === 0 || !isRoot || !root.isLive) return [];
  return [
    {
      code: 'PROCESSES_UNREADABLE',
      subject: `processes ${[...pids].join(', ')}`,
      reason: 'which files they use cannot be read, so what only they use of the store may go',
    },
  ];
}
