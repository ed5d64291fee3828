import { type Finding, GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import { isFatName, type Mount, mountAt, readMounts } from '../host/mounts.ts';
import { partitionTypeOf, partitionTypes } from '../host/partition-type.ts';
import type { Root } from '../host/root.ts';
import { journalPath } from '../transaction/journal.ts';
import type { VolumeIdentity } from '../transaction/plan.ts';
import type { BootVolumeId, VolumeId } from '../transaction/step.ts';
import type { BootTarget } from './boot-target.ts';
import { eachMirror } from './each-mirror.ts';
import type { BootLayout } from './layout.ts';
import { openBelow, readBootPartition } from './read-boot-partition.ts';

/** Where the partitions of one target are mounted, as logical paths. */
export interface TargetPlace {
  esp: string;
  xbootldr: string | undefined;
}

/** A boot partition, open. */
export interface OpenVolume {
  volume: BootVolumeId;
  mountPoint: string;
  top: Folder;
}

/** A target with its partitions open. */
interface OpenTarget {
  esp: OpenVolume;
  boot: OpenVolume;
}

/** The boot partitions of a machine, held open for one piece of work. */
export class OpenTargets implements Disposable {
  /** Those that could be opened, in the order of the declaration: the first one decides. */
  readonly usable: readonly OpenTarget[];
  /** The others, with the reason. */
  readonly setAside: readonly Finding[];

  constructor(usable: readonly OpenTarget[], setAside: readonly Finding[]) {
    this.usable = usable;
    this.setAside = setAside;
  }

  /** The tops by volume, under handles of their own. */
  tops(): Map<VolumeId, Folder> {
    return new Map(this.#volumes().map(({ volume, top }) => [volume, top.duplicate()]));
  }

  /** The top of a partition. Stays open as long as this. */
  top(volume: BootVolumeId): Folder {
    const found = this.#volumes().find(open => open.volume === volume);
    if (found === undefined) throw new Error(`no such volume: ${volume}`);
    return found.top;
  }

  /**
   * Reads all of them, as far as they concern us. What cannot be read is set aside like what could
   * not be opened.
   *
   * @throws GenctlError LEDGER_TOO_NEW, … of the first, where there is no other
   */
  read(root: Root, layout: BootLayout): { targets: BootTarget[]; setAside: Finding[] } {
    const { done, setAside } = eachMirror(
      this.usable,
      ({ esp }) => root.onHost(esp.mountPoint),
      ({ esp, boot }): BootTarget => {
        const readEsp = readBootPartition(esp.top, esp, layout);
        return {
          esp: readEsp,
          boot: boot === esp ? readEsp : readBootPartition(boot.top, boot, layout),
        };
      },
    );
    return { targets: done, setAside: [...this.setAside, ...setAside] };
  }

  [Symbol.dispose](): void {
    for (const { top } of this.#volumes()) top[Symbol.dispose]();
  }

  #volumes(): OpenVolume[] {
    return this.usable.flatMap(({ esp, boot }) => (boot === esp ? [esp] : [esp, boot]));
  }
}

/**
 * Opens the boot partitions of a machine, after making sure that they are such. Of several places
 * one that cannot be opened is set aside: a disk may have been pulled.
 *
 * @throws GenctlError ESP_NOT_MOUNTED, ESP_NOT_FAT, … of the first, where there is no other
 */
export function openTargets(root: Root, places: readonly TargetPlace[]): OpenTargets {
  return openEach(root, places, () => undefined);
}

/**
 * Opens boot partitions that will be written to.
 *
 * @throws GenctlError ESP_READ_ONLY, and those of `openTargets`
 */
export function openTargetsForChange(root: Root, places: readonly TargetPlace[]): OpenTargets {
  return openEach(root, places, mountPoint => {
    const mount = mountOf(root, mountPoint);
    if (mount !== undefined) assertWritable(mount, root.onHost(mountPoint));
  });
}

/**
 * Opens the partitions of an interrupted transaction. A mirror that cannot be opened is not among
 * them.
 *
 * @throws GenctlError ESP_NOT_MOUNTED, ESP_READ_ONLY, … where it is none of a mirror
 */
export function openVolumes(
  root: Root,
  volumes: readonly Pick<VolumeIdentity, 'volume' | 'mountPoint' | 'target'>[],
): Map<VolumeId, Folder> {
  const tops = new Map<VolumeId, Folder>();
  for (const { volume, mountPoint, target } of volumes) {
    try {
      const mount = mountOf(root, mountPoint);
      if (mount !== undefined) assertWritable(mount, root.onHost(mountPoint));
      const notMounted = espNotMounted(root, root.onHost(mountPoint));
      tops.set(volume, openMounted(root, mountPoint, mount, ['EFI', 'loader'], notMounted));
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

function openEach(
  root: Root,
  places: readonly TargetPlace[],
  check: (mountPoint: string) => void,
): OpenTargets {
  const usable: OpenTarget[] = [];
  const { setAside } = eachMirror(
    [...places.entries()],
    ([, { esp }]) => root.onHost(esp),
    ([index, place]) => {
      check(place.esp);
      if (place.xbootldr !== undefined) check(place.xbootldr);
      const opened = openTarget(root, place, index);
      assertDistinct(opened, usable);
      usable.push(opened);
    },
  );
  return new OpenTargets(usable, setAside);
}

function openTarget(root: Root, { esp, xbootldr }: TargetPlace, index: number): OpenTarget {
  const espVolume: OpenVolume = {
    volume: index === 0 ? 'esp' : `esp-${index + 1}`,
    mountPoint: esp,
    top: openEsp(root, esp),
  };
  if (xbootldr === undefined) return { esp: espVolume, boot: espVolume };
  try {
    const top = openXbootldr(root, xbootldr, espVolume.top);
    return {
      esp: espVolume,
      boot: {
        volume: index === 0 ? 'xbootldr' : `xbootldr-${index + 1}`,
        mountPoint: xbootldr,
        top,
      },
    };
  } catch (thrown) {
    espVolume.top[Symbol.dispose]();
    throw thrown;
  }
}

function openEsp(root: Root, mountPoint: string): Folder {
  const hostPath = root.onHost(mountPoint);
  const mount = mountOf(root, mountPoint);
  const folder = openMounted(root, mountPoint, mount, ['EFI'], espNotMounted(root, hostPath));
  if (mount !== undefined && root.isLive && !isFatName(mount.fileSystem)) {
    folder[Symbol.dispose]();
    throw new GenctlError(
      'ESP_NOT_FAT',
      `${hostPath} is ${mount.fileSystem}, which no firmware can read`,
      {
        hint: 'Set efiSysMountPoint in [boot.loader] to where the EFI system partition is mounted, often /boot/efi.',
      },
    );
  }
  return folder;
}

function openXbootldr(root: Root, mountPoint: string, esp: Folder): Folder {
  const hostPath = root.onHost(mountPoint);
  const mount = mountOf(root, mountPoint);
  const folder = openMounted(
    root,
    mountPoint,
    mount,
    ['loader'],
    xbootldrNotMounted(root, hostPath),
  );
  try {
    if (mount !== undefined && root.isLive) {
      assertReadableAtBoot(mount, hostPath, esp);
      assertXbootldrType(folder, hostPath);
    }
  } catch (thrown) {
    folder[Symbol.dispose]();
    throw thrown;
  }
  return folder;
}

/**
 * Without a mount the path is a plain folder. On another root that is how images are assembled,
 * but it may as well be a mount point that was forgotten: then it is empty.
 */
function openMounted(
  root: Root,
  mountPoint: string,
  mount: Mount | undefined,
  contents: readonly string[],
  notMounted: GenctlError,
): Folder {
  const folder = root.folderIfThere(mountPoint);
  if (folder === undefined) throw notMounted;
  const isAssembled = !root.isLive && contents.some(name => folder.stat(name)?.kind === 'folder');
  if (mount !== undefined || isAssembled) return folder;
  folder[Symbol.dispose]();
  throw notMounted;
}

/**
 * What is mounted there, or where a link of that name leads. systemd mounts an ESP only when
 * somebody looks into its folder.
 */
function mountOf(root: Root, mountPoint: string): Mount | undefined {
  const realPath = ifThere(() => root.realPath(mountPoint), ['FILE_MISSING', 'NOT_A_FOLDER']);
  const hostPath = root.onHost(realPath ?? mountPoint);
  const mount = mountAt(readMounts(), hostPath);
  if (mount?.fileSystem !== 'autofs') return mount;
  using folder = root.folderIfThere(mountPoint);
  folder?.names();
  return mountAt(readMounts(), hostPath);
}

/** systemd-boot reads another file system than FAT by a driver only, which lies on the ESP. */
function assertReadableAtBoot({ fileSystem }: Mount, hostPath: string, esp: Folder): void {
  if (isFatName(fileSystem)) return;
  using drivers = openBelow(esp, 'EFI/systemd/drivers');
  if (drivers?.names().some(name => name.toLowerCase().endsWith('.efi')) === true) return;
  throw new GenctlError(
    'XBOOTLDR_NOT_FAT',
    `${hostPath} is ${fileSystem}, and the ESP has no driver with which systemd-boot could read it`,
    { hint: 'Use FAT for the extended boot partition, or put a driver into EFI/systemd/drivers.' },
  );
}

/** systemd-boot finds the partition by its type, and by nothing else. */
function assertXbootldrType(folder: Folder, hostPath: string): void {
  const type = partitionTypeOf(folder);
  if (type === undefined || type === partitionTypes.xbootldr) return;
  throw new GenctlError(
    'XBOOTLDR_TYPE',
    `${hostPath} is on a partition of the type ${type}, so systemd-boot would not look there`,
    {
      hint: `Give that partition the type ${partitionTypes.xbootldr} (sfdisk --part-type DISK NUMBER UUID), on the same disk as the ESP.`,
    },
  );
}

/** Two names of one partition would be written twice, and each take the other's files for strange. */
function assertDistinct(opened: OpenTarget, others: readonly OpenTarget[]): void {
  const volumes = [...others, opened].flatMap(({ esp, boot }) =>
    boot === esp ? [esp] : [esp, boot],
  );
  const seen = new Map<string, OpenVolume>();
  for (const volume of volumes) {
    const { device, inode } = volume.top.statSelf();
    const same = seen.get(`${device}:${inode}`);
    if (same === undefined) {
      seen.set(`${device}:${inode}`, volume);
      continue;
    }
    throw new GenctlError(
      'MIRROR_SAME',
      `${same.mountPoint} and ${volume.mountPoint} are the same partition`,
      { hint: 'Name each partition once in efiSysMountPoint and xbootldrMountPoint.' },
    );
  }
}

function assertWritable(mount: Mount, hostPath: string): void {
  if (!mount.options.includes('ro') && !mount.superOptions.includes('ro')) return;
  throw new GenctlError('ESP_READ_ONLY', `the ESP at ${hostPath} is mounted read-only`, {
    hint: `Mount it read-write: mount -o remount,rw ${hostPath} (FAT turns read-only on errors: run fsck.vfat first).`,
  });
}

function espNotMounted(root: Root, hostPath: string): GenctlError {
  return new GenctlError('ESP_NOT_MOUNTED', `no EFI system partition is mounted at ${hostPath}`, {
    hint: root.isLive
      ? `Mount it there, or set efiSysMountPoint in [boot.loader] to where it is.`
      : `Mount it there; or, where an image is assembled in a folder, make its EFI folder: mkdir -p ${hostPath}/EFI`,
  });
}

function xbootldrNotMounted(root: Root, hostPath: string): GenctlError {
  return new GenctlError(
    'XBOOTLDR_NOT_MOUNTED',
    `no extended boot partition is mounted at ${hostPath}`,
    {
      hint: root.isLive
        ? `Mount it there, or set xbootldrMountPoint in [boot.loader] to where it is.`
        : `Mount it there; or, where an image is assembled in a folder, make its loader folder: mkdir -p ${hostPath}/loader`,
    },
  );
}
