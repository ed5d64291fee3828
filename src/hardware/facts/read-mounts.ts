import { type Mount, parseMountInfo, unescapeOctal } from '../../host/mounts.ts';
import type { FileTree } from '../sources/file-tree.ts';
import { singleFilesFile } from '../sources/genctl-files.ts';
import { isLookedAt } from '../sources/single-files.ts';
import type { BlockLookup } from './block-lookup.ts';
import type { MountedFileSystem } from './facts.ts';
import { findHolders } from './find-holders.ts';
import { readByteText } from './read-byte-text.ts';

/** What is mounted, in the order of /proc/self/mountinfo, and on which block devices it is. */
export function readMounts(tree: FileTree, blocks: BlockLookup): readonly MountedFileSystem[] {
  const text = readByteText(tree, '/proc/self/mountinfo');
  const singleFiles = readSingleFiles(tree);
  const holders = new Map<string, readonly string[]>();
  return parseMountInfo(text).map(mount => {
    // Bind mounts and subvolumes say the same of the same file system again and again.
    const key = `${mount.number} ${mount.fileSystem} ${mount.source}`;
    const known = holders.get(key) ?? findHolders(tree, mount, blocks);
    holders.set(key, known);
    return toFacts(mount, known, isFolder(mount, singleFiles));
  });
}

/** The places that were looked at and are single files; undefined where nobody has looked. */
function readSingleFiles(tree: FileTree): ReadonlySet<string> | undefined {
  if (tree.bytes(singleFilesFile) === undefined) return undefined;
  const lines = readByteText(tree, singleFilesFile).split('\n');
  return new Set(lines.filter(line => line !== '').map(unescapeOctal));
}

/** The top of a file system is a folder. */
function isFolder(mount: Mount, singleFiles: ReadonlySet<string> | undefined): boolean | null {
  if (mount.rootInside === '/') return true;
  if (singleFiles === undefined || !isLookedAt(mount)) return null;
  return !singleFiles.has(mount.mountPoint);
}

function toFacts(
  mount: Mount,
  blockDevices: readonly string[],
  isFolder: boolean | null,
): MountedFileSystem {
  return {
    mountPoint: mount.mountPoint,
    type: mount.fileSystem,
    source: mount.source,
    rootInside: mount.rootInside,
    number: mount.number,
    options: mount.options.filter(option => option !== ''),
    superOptions: mount.superOptions.filter(option => option !== ''),
    blockDevices,
    isFolder,
  };
}
