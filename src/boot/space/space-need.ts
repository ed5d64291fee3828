import { formatBytes } from '../../bytes.ts';
import { GenctlError } from '../../errors.ts';
import { type FileSystemSpace, isFat } from '../../host/file-system-space.ts';
import { printableLine } from '../../printable.ts';
import type { Step } from '../../transaction/step.ts';
import type { ForeignFile } from '../read-foreign-files.ts';
import { ext4Rules, extMagic } from './ext4-volume.ts';
import { fatRules } from './fat-volume.ts';
import { plainRules } from './plain-volume.ts';
import { peakOf } from './replay-steps.ts';
import { type AllocationRules, Volume } from './volume.ts';

/** What can be seen of a mounted boot partition: all that a prediction starts from. */
export interface VisibleVolume {
  space: FileSystemSpace;
  /** Sizes of files, by path below the top: all that a plan may touch. */
  sizes: ReadonlyMap<string, number>;
  /** Folders that are there, with the bytes they take themselves (st_size). The top is ''. */
  folders: ReadonlyMap<string, { sizeBytes: number }>;
}

/** What a plan needs of a boot partition, and what there is. */
export interface SpaceNeed {
  /** The peak above what is in use now; 0 where it never is. */
  neededBytes: number;
  freeBytes: number;
  /** The same in files, where a file system has room for so many only; else 0. */
  neededFiles: number;
  freeFiles: number;
}

/** As many as a person looks at before the generations. */
const mostNamed = 5;

/**
 * The peak of a plan's steps in their order, through what they remove in between. Pure.
 *
 * @param steps those that touch this volume: the caller picks them
 */
export function spaceNeed(volume: VisibleVolume, steps: readonly Step[]): SpaceNeed {
  const { space } = volume;
  const { bytes, files } = peakOf(seenVolume(volume), steps);
  return {
    neededBytes: bytes,
    freeBytes: space.freeBytes,
    ...(space.typeMagic === extMagic
      ? { neededFiles: files, freeFiles: space.freeFiles }
      : { neededFiles: 0, freeFiles: 0 }),
  };
}

/** A model that starts from a mounted volume, with nothing in use. */
export function seenVolume({ space, sizes, folders }: VisibleVolume): Volume {
  const rules = rulesOf(space);
  return new Volume(rules, {
    clusters: 0,
    sizes,
    folders: new Map(
      [...folders].map(([path, { sizeBytes }]) => [path, rules.seenFolder(sizeBytes)]),
    ),
  });
}

function rulesOf(space: FileSystemSpace): AllocationRules {
  if (isFat(space)) return fatRules(space.clusterBytes);
  return space.typeMagic === extMagic
    ? ext4Rules(space.clusterBytes)
    : plainRules(space.clusterBytes);
}

/** Whether a plan can be carried out: nothing that it needs is missing. */
export function fits({ neededBytes, freeBytes, neededFiles, freeFiles }: SpaceNeed): boolean {
  return neededBytes <= freeBytes && neededFiles <= freeFiles;
}

/**
 * Why a plan is refused for lack of room.
 *
 * @param place what the partition is called in messages
 * @param foreign files there that are not ours, largest first
 */
export function fullError(
  need: SpaceNeed,
  place: string,
  foreign: readonly ForeignFile[],
): GenctlError {
  return new GenctlError('ESP_FULL', `${place} is too full: ${lackOf(need)}`, {
    hint: `Remove old generations (\`genctl gc --keep N\`), lower configurationLimit in [boot.loader], or remove files that are not genctl’s${largestOf(foreign)}. Nothing was changed.`,
  });
}

function lackOf({ neededBytes, freeBytes, neededFiles, freeFiles }: SpaceNeed): string {
  const missingBytes = neededBytes - freeBytes;
  if (missingBytes <= 0) {
    return `${neededFiles} more files are needed, and it has room for ${freeFiles} (its inodes are used up)`;
  }
  return `${formatBytes(neededBytes)} are needed, ${formatBytes(freeBytes)} are free, ${formatBytes(missingBytes)} are missing`;
}

function largestOf(foreign: readonly ForeignFile[]): string {
  if (foreign.length === 0) return '';
  const named = foreign
    .slice(0, mostNamed)
    .map(({ path, sizeBytes }) => `${printableLine(path)} (${formatBytes(sizeBytes)})`);
  return `, of which the largest are ${named.join(', ')}`;
}
