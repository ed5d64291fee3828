import { formatBytes } from '../bytes.ts';
import { GenctlError } from '../errors.ts';
import type { FileSystemSpace } from '../host/folder.ts';
import type { Step } from '../transaction/step.ts';

/** What a transaction needs of a boot partition before it frees anything. */
export interface SpaceNeed {
  neededBytes: number;
  freeBytes: number;
}

/**
 * The peak use of a plan's steps, rounded up to whole clusters as the file system does it.
 * Nothing is freed before the point of no return, so the peak is the sum of all that is made.
 */
export function spaceNeed(steps: readonly Step[], space: FileSystemSpace): SpaceNeed {
  const names = new Map<string, number>();
  let neededBytes = 0;
  const addFile = (path: string, sizeBytes: number): void => {
    neededBytes += roundUp(sizeBytes, space.clusterBytes);
    const at = path.lastIndexOf('/');
    const folder = path.slice(0, at);
    // A file has two names for a moment.
    names.set(folder, (names.get(folder) ?? 0) + 2 * directoryBytes(path.slice(at + 1)));
  };
  for (const step of steps) {
    switch (step.kind) {
      case 'create-file':
      case 'exchange-file':
        addFile(step.path, step.sizeBytes);
        break;
      case 'make-folder':
        neededBytes += space.clusterBytes;
        addFile(step.path, 0);
        break;
      case 'write-ledger':
        // One of two copies grows; at first both are new.
        addFile(`${step.folder}/ledger-a`, Buffer.byteLength(step.after) + 128);
        break;
      case 'take-over-sector':
        addFile(step.path, step.after.length);
        break;
      default:
        break;
    }
  }
  for (const bytes of names.values()) neededBytes += roundUp(bytes, space.clusterBytes);
  return { neededBytes, freeBytes: space.freeBytes };
}

/**
 * @param place what the partition is called in messages
 * @throws GenctlError ESP_FULL, before anything was written
 */
export function assertSpace(need: SpaceNeed, place: string): void {
  const missingBytes = need.neededBytes - need.freeBytes;
  if (missingBytes <= 0) return;
  throw new GenctlError(
    'ESP_FULL',
    `${place} is too full: ${formatBytes(need.neededBytes)} are needed, ${formatBytes(need.freeBytes)} are free, ${formatBytes(missingBytes)} are missing`,
    {
      hint: 'Remove old generations (`genctl gc --keep N`), lower configurationLimit in [boot.loader], or remove files that are not genctl’s. Nothing was changed.',
    },
  );
}

/**
 * What a name takes in a FAT directory: 32 bytes for the short name and 32 for each 13
 * characters of the long one.
 */
function directoryBytes(name: string): number {
  return 32 * (1 + Math.ceil((name.length + '.part'.length) / 13));
}

function roundUp(bytes: number, clusterBytes: number): number {
  return Math.ceil(bytes / clusterBytes) * clusterBytes;
}
