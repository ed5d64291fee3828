import type { FileSystemSpace } from '../host/file-system-space.ts';
import type { LedgerFile } from './ledger.ts';

/** What one generation takes of a boot partition, its specialisations included. */
export interface GenerationUsage {
  profile: string;
  number: number;
  kernelBytes: number;
  initrdBytes: number;
  /** Entries, device trees. */
  otherBytes: number;
  /** Of these, what is only this generation's: what removing it would free. */
  ownBytes: number;
  /** Of these, what other generations use too. */
  sharedBytes: number;
  /** The part of `ownBytes` that is kernels, and the one that is initrds. */
  ownKernelBytes: number;
  ownInitrdBytes: number;
}

/** What a boot partition's room is used for, in whole clusters. */
export interface PartitionUsage {
  totalBytes: number;
  freeBytes: number;
  /** All that the ledger lists. */
  ourBytes: number;
  /** The rest of what is in use: other systems, and the file system's own. */
  otherBytes: number;
  /** In the order of the profiles' names, and of numbers. */
  generations: readonly GenerationUsage[];
}

/**
 * Adds up what is there of the files that a ledger lists. Pure.
 *
 * @param sizes of the files that are there, by path
 */
export function usageOf(partition: {
  files: readonly LedgerFile[];
  sizes: ReadonlyMap<string, number>;
  space: Pick<FileSystemSpace, 'clusterBytes' | 'totalBytes' | 'freeBytes'>;
}): PartitionUsage {
  const { files, sizes, space } = partition;
  const bytesAt = (path: string): number =>
    Math.ceil((sizes.get(path) ?? 0) / space.clusterBytes) * space.clusterBytes;
  const ourPaths = new Set(files.map(({ path }) => path));
  const ourBytes = sum([...ourPaths], bytesAt);
  const owners = ownersOf(files);
  const users = countUsers(owners);
  const generations = owners.map(({ profile, number, paths }) => {
    const all = [...paths];
    const bytesOf = (isMeant: (path: string) => boolean): number =>
      sum(all.filter(isMeant), bytesAt);
    const isOwn = (path: string): boolean => users.get(path) === 1;
    const isKernel = (path: string): boolean => roleOf(path) === 'linux';
    const isInitrd = (path: string): boolean => roleOf(path) === 'initrd';
    return {
      profile,
      number,
      kernelBytes: bytesOf(isKernel),
      initrdBytes: bytesOf(isInitrd),
      otherBytes: bytesOf(path => !isKernel(path) && !isInitrd(path)),
      ownBytes: bytesOf(isOwn),
      sharedBytes: bytesOf(path => !isOwn(path)),
      ownKernelBytes: bytesOf(path => isOwn(path) && isKernel(path)),
      ownInitrdBytes: bytesOf(path => isOwn(path) && isInitrd(path)),
    };
  });
  return {
    totalBytes: space.totalBytes,
    freeBytes: space.freeBytes,
    ourBytes,
    otherBytes: Math.max(0, space.totalBytes - space.freeBytes - ourBytes),
    generations,
  };
}

interface Owner {
  profile: string;
  number: number;
  /** Each once, however many specialisations use it. */
  paths: Set<string>;
}

function ownersOf(files: readonly LedgerFile[]): Owner[] {
  const owners = new Map<string, Owner>();
  for (const { path, key, uses = [] } of files) {
    if (key === undefined) continue;
    const id = JSON.stringify([key.profile, key.number]);
    const owner = owners.get(id) ?? { ...key, paths: new Set<string>() };
    owners.set(id, owner);
    for (const each of [path, ...uses]) owner.paths.add(each);
  }
  return [...owners.values()].toSorted((left, right) =>
    left.profile === right.profile
      ? left.number - right.number
      : left.profile < right.profile
        ? -1
        : 1,
  );
}

function countUsers(owners: readonly Owner[]): Map<string, number> {
  const users = new Map<string, number>();
  for (const { paths } of owners) {
    for (const path of paths) users.set(path, (users.get(path) ?? 0) + 1);
  }
  return users;
}

/** What a blob is for: its name starts with that (`layout.ts`). */
function roleOf(path: string): string {
  return /(?:^|\/)([a-z]+)-[^/]*$/.exec(path)?.[1] ?? '';
}

function sum(paths: readonly string[], bytesAt: (path: string) => number): number {
  return paths.reduce((total, path) => total + bytesAt(path), 0);
}
