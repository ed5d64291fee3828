import { GenctlError } from '../../../errors.ts';
import type { Configuration } from '../../../system/declaration/declaration.ts';

/** A mebibyte, to which partitions are aligned, in bytes. */
export const mebibyte = 1 << 20;

/** Before the first partition and behind the last one: GPT, and what aligns them. */
const edgeBytes = mebibyte;

/** What a file system and its partition are found by; undefined where nobody has said. */
export interface DeviceNames {
  label?: string;
  uuid?: string;
  partLabel?: string;
  partUuid?: string;
}

export interface PartitionLayout {
  /** Where it is mounted, a logical path. */
  mountPoint: string;
  /** From the start of the disk, in bytes. */
  offsetBytes: number;
  sizeBytes: number;
  names: DeviceNames;
}

/** The partitions of a disk image. */
export interface DiskLayout {
  sizeBytes: number;
  /** FAT32, in front. */
  esp: PartitionLayout;
  /** Ext4, up to the end. */
  root: PartitionLayout;
}

/** The ESP takes an eighth of the disk, but no less and no more than this. */
const [leastEspBytes, mostEspBytes] = [64 * mebibyte, 512 * mebibyte];

/** Less has no room for the smallest kernel beside the ESP. */
const leastRootBytes = 64 * mebibyte;

/**
 * Lays out a disk for a declared machine: an ESP and a root file system, by the names that the
 * declaration finds them by. Pure.
 *
 * @throws GenctlError IMAGE_LOADER, IMAGE_FILE_SYSTEMS, IMAGE_DEVICE_UNNAMED, IMAGE_TOO_SMALL
 */
export function diskLayout(configuration: Configuration, sizeBytes: number): DiskLayout {
  const mountPoint = espMountPoint(configuration);
  assertNoOthers(configuration, ['/', mountPoint]);
  const wholeBytes = Math.floor(sizeBytes / mebibyte) * mebibyte;
  const eighth = Math.floor(wholeBytes / 8 / mebibyte) * mebibyte;
  const espBytes = Math.min(Math.max(eighth, leastEspBytes), mostEspBytes);
  const rootOffset = edgeBytes + espBytes;
  const rootBytes = wholeBytes - rootOffset - edgeBytes;
  if (rootBytes < leastRootBytes) {
    throw new GenctlError('IMAGE_TOO_SMALL', 'the image would have no room for a system', {
      hint: `Give it --size ${(rootOffset + leastRootBytes + edgeBytes) / mebibyte}M at least.`,
    });
  }
  return {
    sizeBytes: wholeBytes,
    esp: {
      mountPoint,
      offsetBytes: edgeBytes,
      sizeBytes: espBytes,
      names: namesOf(configuration, mountPoint, 'vfat') ?? { label: 'ESP' },
    },
    root: {
      mountPoint: '/',
      offsetBytes: rootOffset,
      sizeBytes: rootBytes,
      names: rootNames(configuration),
    },
  };
}

function espMountPoint({ boot: { loader } }: Configuration): string {
  const [kind, ...otherKinds] = loader.kind;
  const [mountPoint, ...mirrors] = loader.efiSysMountPoint;
  if (kind !== 'systemd-boot' || otherKinds.length > 0) {
    throw new GenctlError(
      'IMAGE_LOADER',
      'an image boots by systemd-boot alone: grub-install needs a disk, and an image is a file',
      {
        hint: 'Declare kind = systemd-boot in [boot.loader]; or make the image’s file systems on a loop device (losetup --partscan), mount them below a folder, and run `genctl --root FOLDER install`.',
      },
    );
  }
  if (mountPoint !== undefined && mirrors.length + loader.xbootldrMountPoint.length === 0) {
    return mountPoint;
  }
  throw new GenctlError(
    'IMAGE_FILE_SYSTEMS',
    'an image has one ESP, without mirrors and without an extended boot partition',
    { hint: 'Leave one efiSysMountPoint in [boot.loader], and no xbootldrMountPoint.' },
  );
}

function rootNames(configuration: Configuration): DeviceNames {
  const names = namesOf(configuration, '/', 'ext4');
  if (names !== undefined) return names;
  throw new GenctlError('IMAGE_DEVICE_UNNAMED', 'no root file system is declared', {
    hint: 'Say what its label shall be: device = LABEL=root in [fileSystems "/"].',
  });
}

/** @returns undefined where no device is declared */
function namesOf(
  { fileSystems }: Configuration,
  mountPoint: string,
  madeType: string,
): DeviceNames | undefined {
  const declared = fileSystems[mountPoint];
  const type = declared?.fsType;
  if (type !== undefined && type !== 'auto' && type !== madeType) {
    throw new GenctlError(
      'IMAGE_FILE_SYSTEMS',
      `[fileSystems "${mountPoint}"] is ${type}, and in an image it is ${madeType}`,
      { hint: `Declare fsType = ${madeType}.` },
    );
  }
  if (declared?.device === undefined) return undefined;
  const names = parseDevice(declared.device);
  if (names !== undefined) return names;
  throw new GenctlError(
    'IMAGE_DEVICE_UNNAMED',
    `[fileSystems "${mountPoint}"] is ${declared.device}, which an image cannot promise to be`,
    { hint: `Name it by what it keeps: device = LABEL=${madeType === 'vfat' ? 'ESP' : 'root'}.` },
  );
}

const fieldOfTag: Readonly<Record<string, keyof DeviceNames>> = {
  label: 'label',
  uuid: 'uuid',
  partlabel: 'partLabel',
  partuuid: 'partUuid',
};

/** `LABEL=root` or `/dev/disk/by-label/root`, and the like of the other three. */
function parseDevice(device: string): DeviceNames | undefined {
  const [, folder, tag, value] =
    /^(?:\/dev\/disk\/by-([a-z]+)\/|([A-Z]+)=)([\w.+-]+)$/.exec(device) ?? [];
  const field = fieldOfTag[folder ?? tag?.toLowerCase() ?? ''];
  return field === undefined ? undefined : { [field]: value };
}

/** What would be waited for at boot in vain. */
function assertNoOthers(
  { fileSystems, swapDevices }: Configuration,
  made: readonly string[],
): void {
  const isDisk = (device: string | undefined): boolean =>
    device !== undefined && /^(?:\/dev\/|[A-Z]+=)/.test(device);
  const isWaitedFor = (options: readonly string[]): boolean =>
    !options.some(option => ['nofail', 'noauto', 'bind'].includes(option));
  const others = [
    ...Object.entries(fileSystems)
      .filter(([path]) => !made.includes(path))
      .filter(([, { device, options }]) => isDisk(device) && isWaitedFor(options))
      .map(([path]) => `[fileSystems "${path}"]`),
    ...Object.keys(swapDevices)
      .filter(isDisk)
      .map(device => `[swapDevices "${device}"]`),
  ];
  if (others.length === 0) return;
  throw new GenctlError(
    'IMAGE_FILE_SYSTEMS',
    `an image has no device for ${others.join(', ')}: its machine would wait for it at each boot`,
    { hint: 'Take it out of the declaration, or add options = nofail.' },
  );
}
