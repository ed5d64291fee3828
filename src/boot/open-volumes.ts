import { GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { journalPath } from '../transaction/journal.ts';
import type { VolumeIdentity } from '../transaction/plan.ts';
import type { VolumeId } from '../transaction/step.ts';
import { assertWritable, mountOf, openAgain } from './open-partition.ts';

/**
 * Opens the partitions of an interrupted transaction. A mirror that cannot be opened is not among
 * them.
 *
 * @throws GenctlError ESP_NOT_MOUNTED, ESP_READ_ONLY, … where it is none of a mirror
 */
export function openVolumes(
  root: Root,
  volumes: readonly Pick<VolumeIdentity, 'volume' | 'mountPoint' | 'isFolder' | 'target'>[],
): Map<VolumeId, Folder> {
  const tops = new Map<VolumeId, Folder>();
  for (const { volume, mountPoint, isFolder, target } of volumes) {
    try {
      const mount = mountOf(root, mountPoint);
      if (mount !== undefined) assertWritable(mount, root.onHost(mountPoint));
      const asFolder = isFolder === true ? root.folderIfThere(mountPoint) : undefined;
      tops.set(volume, asFolder ?? openAgain(root, mountPoint));
    } catch (thrown) {
      if (!(thrown instanceof GenctlError)) throw thrown;
      if (target === 0) throw neededForRecovery(root, thrown);
    }
  }
  return tops;
}

function neededForRecovery(root: Root, { code, message }: GenctlError): GenctlError {
  return new GenctlError(code, `an interrupted change cannot be brought to its end: ${message}`, {
    hint: `Mount that partition as it was, read-write, and run \`genctl recover\`; if it is gone for good, remove ${root.onHost(journalPath)}.`,
  });
}
