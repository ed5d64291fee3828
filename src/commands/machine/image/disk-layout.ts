import type { GrubMountPoints, LoaderMountPoints } from '../../../boot/target-place.ts';
import { GenctlError } from '../../../errors.ts';
import type { Configuration } from '../../../system/declaration/declaration.ts';
import { declaredPlaces } from '../boot-places.ts';

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

/** A part of the disk. */
export interface Extent {
  /** From the start of the disk, in bytes. */
  offsetBytes: number;
  sizeBytes: number;
}

export interface PartitionLayout extends Extent {
  /** Where it is mounted, a logical path. */
  mountPoint: string;
  names: DeviceNames;
}

/** The partitions of a disk image. */
export interface DiskLayout {
  sizeBytes: number;
  /** What a BIOS starts GRUB from, in front; undefined where GRUB is not for a BIOS. */
  biosBoot: Extent | undefined;
  /** FAT32, behind that; undefined where only a BIOS starts the machine. */
  esp: PartitionLayout | undefined;
  /** Ext4, up to the end. */
  root: PartitionLayout;
}

/** The ESP takes an eighth of the disk, but no less and no more than this. */
const [leastEspBytes, mostEspBytes] = [64 * mebibyte, 512 * mebibyte];

/** GRUB's core image for a BIOS takes less, whatever it has to read. */
const biosBootBytes = mebibyte;

/** Less has no room for the smallest kernel beside the ESP. */
const leastRootBytes = 64 * mebibyte;

/**
 * Lays out a disk for a declared machine: what its firmware starts, and a root file system, by the
 * names that the declaration finds them by. Pure.
 *
 * @throws GenctlError IMAGE_LOADER, IMAGE_FILE_SYSTEMS, IMAGE_DEVICE_UNNAMED, IMAGE_TOO_SMALL
 */
export function diskLayout(configuration: Configuration, sizeBytes: number): DiskLayout {
  const starts = firmwareStarts(configuration);
  const mountPoint = starts.esp;
  assertNoOthers(configuration, mountPoint === undefined ? ['/'] : ['/', mountPoint]);
  const wholeBytes = Math.floor(sizeBytes / mebibyte) * mebibyte;
  const biosBoot = starts.byBios ? { offsetBytes: edgeBytes, sizeBytes: biosBootBytes } : undefined;
  const espOffset = edgeBytes + (biosBoot?.sizeBytes ?? 0);
  const espBytes = mountPoint === undefined ? 0 : espBytesOf(wholeBytes);
  const rootOffset = espOffset + espBytes;
  const rootBytes = wholeBytes - rootOffset - edgeBytes;
  if (rootBytes < leastRootBytes) {
    throw new GenctlError('IMAGE_TOO_SMALL', 'the image would have no room for a system', {
      hint: `Give it --size ${(rootOffset + leastRootBytes + edgeBytes) / mebibyte}M at least.`,
    });
  }
  const root = rootNames(configuration);
  const espNames =
    mountPoint === undefined
      ? {}
      : (namesOf(configuration, mountPoint, 'vfat') ?? { label: 'ESP' });
  for (const { boot } of starts.grub) {
    if (isWithin(boot, mountPoint)) assertFoundByGrub(boot, espNames);
    else assertFoundByGrub('/', root);
  }
  return {
    sizeBytes: wholeBytes,
    biosBoot,
    esp:
      mountPoint === undefined
        ? undefined
        : { mountPoint, offsetBytes: espOffset, sizeBytes: espBytes, names: espNames },
    root: { mountPoint: '/', offsetBytes: rootOffset, sizeBytes: rootBytes, names: root },
  };
}

function espBytesOf(wholeBytes: number): number {
  const eighth = Math.floor(wholeBytes / 8 / mebibyte) * mebibyte;
  return Math.min(Math.max(eighth, leastEspBytes), mostEspBytes);
}

/** What firmware starts on a disk that it sees for the first time. */
interface FirmwareStarts {
  byBios: boolean;
  /** Where the ESP is mounted; undefined where UEFI is left out. */
  esp: string | undefined;
  /** Where GRUB reads a menu, if it does. */
  grub: readonly GrubMountPoints[];
}

function firmwareStarts(configuration: Configuration): FirmwareStarts {
  const [own, ...mirrors] = declaredPlaces(configuration);
  const loaders = own?.loaders ?? [];
  const grub = loaders.flatMap(place => (place.loader === 'grub' ? [place] : []));
  const disks = grub.flatMap(({ devices }) => devices).filter(device => device !== 'nodev');
  const hasSystemdBoot = loaders.length > grub.length;
  const esps = new Set(loaders.flatMap(({ esp }) => esp ?? []));
  const { efiSysMountPoint, xbootldrMountPoint } = configuration.boot.loader;
  const isOneDisk =
    mirrors.length === 0 &&
    esps.size < 2 &&
    (esps.size === 0 || efiSysMountPoint.length === 1) &&
    xbootldrMountPoint.length === 0 &&
    disks.length < 2;
  if (!isOneDisk) {
    throw new GenctlError(
      'IMAGE_FILE_SYSTEMS',
      'an image has one ESP, without mirrors, without further disks and without an extended boot partition',
      {
        hint: 'Leave one efiSysMountPoint in [boot.loader] and no xbootldrMountPoint, and for GRUB one device.',
      },
    );
  }
  assertStarts(configuration, loaders, { byBios: disks.length > 0, hasSystemdBoot });
  return { byBios: disks.length > 0, esp: [...esps][0], grub };
}

/** No firmware has heard of a machine that is an image still: it looks where it always does. */
function assertStarts(
  { boot: { loader } }: Configuration,
  loaders: readonly LoaderMountPoints[],
  { byBios, hasSystemdBoot }: { byBios: boolean; hasSystemdBoot: boolean },
): void {
  if (byBios || hasSystemdBoot) return;
  const hasEsp = loaders.some(({ esp }) => esp !== undefined);
  if (!hasEsp) {
    throw new GenctlError(
      'IMAGE_LOADER',
      'nothing would start GRUB: no disk is declared for a BIOS, and no ESP for UEFI',
      {
        hint: 'Set device in [boot.loader.grub] to the disk that the machine will have, such as /dev/vda; or efiSysMountPoint = /boot/efi in [boot.loader], and efiInstallAsRemovable = true.',
      },
    );
  }
  if (loader.grub.efiInstallAsRemovable) return;
  throw new GenctlError(
    'IMAGE_LOADER',
    'nothing would start GRUB: the firmware of a machine that the image is put into has no boot entry for it',
    { hint: 'Set efiInstallAsRemovable = true in [boot.loader.grub].' },
  );
}

function isWithin(path: string, folder: string | undefined): boolean {
  return folder !== undefined && `${path}/`.startsWith(`${folder}/`);
}

/** GRUB knows what a file system keeps, and nothing of how partitions are named. */
function assertFoundByGrub(mountPoint: string, { label, uuid }: DeviceNames): void {
  if (label !== undefined || uuid !== undefined) return;
  throw new GenctlError(
    'IMAGE_DEVICE_UNNAMED',
    `GRUB cannot find the file system of ${mountPoint} by the name of its partition`,
    { hint: 'Name it by a label or a UUID of its own: device = LABEL=root.' },
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
