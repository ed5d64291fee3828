import { messageOf } from '../../errors.ts';
import { Folder } from '../../host/folder.ts';
import type { MountedFileSystem } from '../facts/facts.ts';
import type { SpaceRow } from './summary.ts';

/** What the package `node-disk-info` says of one file system: columns of `df -P`, KiB. */
export interface DiskRow {
  readonly mounted: string;
  readonly blocks: number;
  readonly used: number;
  readonly available: number;
}

/** Where a system keeps what it boots and runs from. */
const places = ['/', '/boot', '/boot/efi', '/efi', '/nix', '/nix/store'];

/** `df` asks every file system, and waits for servers that are gone. */
const mayHang = /^(?:nfs4?|cifs|smb3|9p|ceph|afs|fuse.*|autofs)$/;

/** The room that was found, and what could not be asked, one clause each. */
export interface Space {
  readonly rows: readonly SpaceRow[];
  readonly failures: readonly string[];
}

/**
 * The room on the file systems that a system needs. `node-disk-info` runs `df` for all of them and
 * splits its lines at blanks, so it is asked only where no server can be waited for, and believed
 * only where a row is whole; statfs(2) tells the rest.
 */
export function readSpace(
  mounts: readonly MountedFileSystem[],
  askDisks: () => readonly DiskRow[],
): Space {
  const rows: SpaceRow[] = [];
  const failures: string[] = [];
  const attempt = <T>(what: string, ask: () => T): T | undefined => {
    try {
      return ask();
    } catch (thrown) {
      failures.push(`${what}: ${messageOf(thrown)}`);
      return undefined;
    }
  };
  const isSafe = !mounts.some(({ type }) => mayHang.test(type));
  const asked = isSafe ? (attempt('the space on disks', askDisks) ?? []) : [];
  for (const place of places) {
    if (!mounts.some(({ mountPoint }) => mountPoint === place)) continue;
    const said = asked.find(candidate => candidate.mounted === place && isWhole(candidate));
    const row = said === undefined ? attempt(place, () => measure(place)) : fromRow(said);
    if (row !== undefined) rows.push(row);
  }
  return { rows, failures };
}

function isWhole({ blocks, used, available }: DiskRow): boolean {
  const areNumbers = [blocks, used, available].every(Number.isFinite);
  return areNumbers && blocks > 0 && used + available <= blocks;
}

function fromRow({ mounted, blocks, used, available }: DiskRow): SpaceRow {
  const unitBytes = 1024;
  return {
    mountPoint: mounted,
    totalBytes: blocks * unitBytes,
    usedBytes: used * unitBytes,
    freeBytes: available * unitBytes,
  };
}

function measure(mountPoint: string): SpaceRow {
  using folder = Folder.atHostPath(mountPoint);
  const { totalBytes, freeBytes } = folder.space();
  return { mountPoint, totalBytes, usedBytes: totalBytes - freeBytes, freeBytes };
}
