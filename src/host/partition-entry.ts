import { ifThere } from './file-error.ts';
import { Folder } from './folder.ts';

/** Types of GPT partitions that matter for booting (UEFI; UAPI.2, discoverable partitions). */
export const partitionTypes = {
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  xbootldr: 'bc13c2ff-59e6-4262-a352-b275fd6f7172',
} as const;

/**
 * The type of the partition that a folder's file system is on, as udev has read it from the
 * partition table; undefined where udev does not say (no GPT, a container, no udev).
 */
export function partitionTypeOf(folder: Folder): string | undefined {
  return /^E:ID_PART_ENTRY_TYPE=([0-9a-f-]{36})$/m.exec(udevRecordOf(folder))?.[1];
}

/** The UUID that the partition table gives that partition, in lower case; undefined as above. */
export function partitionUuidOf(folder: Folder): string | undefined {
  return /^E:ID_PART_ENTRY_UUID=([0-9a-f-]{36})$/m.exec(udevRecordOf(folder))?.[1];
}

function udevRecordOf(folder: Folder): string {
  const { device } = folder.statSelf();
  const text = ifThere(() => {
    using data = Folder.atHostPath('/run/udev/data');
    return data.readTextIfThere(`b${majorOf(device)}:${minorOf(device)}`);
  });
  return text ?? '';
}

/** How Linux packs a device number into 64 bits (gnu_dev_major(3)); below 2^32 here. */
function majorOf(device: number): number {
  return Math.floor(device / 256) % 4096;
}

function minorOf(device: number): number {
  return (device % 256) + Math.floor(device / 2 ** 20) * 256;
}
