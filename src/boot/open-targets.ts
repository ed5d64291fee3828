import { type Finding, GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { journalPath } from '../transaction/journal.ts';
import type { VolumeIdentity } from '../transaction/plan.ts';
import type { BootRole, BootVolumeId, VolumeId } from '../transaction/step.ts';
import type { BootTarget, LoaderPlace } from './boot-target.ts';
import { eachMirror } from './each-mirror.ts';
import { type LeftOnEsp, readLeftOnEsp } from './grub/left-on-esp.ts';
import type { GrubSurroundings } from './grub/surroundings.ts';
import type { BootLayout } from './layout.ts';
import type { InstalledGrub } from './ledger.ts';
import {
  assertWritable,
  mountOf,
  openAgain,
  openEsp,
  openGrubBoot,
  openLeft,
  openXbootldr,
} from './open-partition.ts';
import { type BootPartition, readBootPartition } from './read-boot-partition.ts';
import {
  firstMountPoint,
  type GrubMountPoints,
  type LoaderPlaces,
  type TargetPlace,
} from './target-place.ts';

/** A boot partition, open. */
export interface OpenVolume {
  volume: BootVolumeId;
  mountPoint: string;
  /** Where nothing is mounted there. */
  isFolder: boolean;
  top: Folder;
}

/** Where one loader reads a menu, with its partitions open. */
export type OpenPlace =
  | { loader: 'systemd-boot'; esp: OpenVolume; boot: OpenVolume }
  | {
      loader: 'grub';
      esp: OpenVolume | undefined;
      boot: OpenVolume;
      mountPoints: GrubMountPoints;
    };

type OpenGrub = Extract<OpenPlace, { loader: 'grub' }>;

/** Reads what GRUB has to know beside its partitions; `boot` is what was read of the boot partition. */
export type SurroundingsOf = (
  place: OpenGrub,
  boot: BootPartition,
) => { surroundings: GrubSurroundings; findings: readonly Finding[] };

/** A target with its partitions open. */
export interface OpenTarget {
  /** Never empty. */
  places: readonly OpenPlace[];
  left: readonly OpenVolume[];
  /** Each of its partitions once. */
  volumes: readonly OpenVolume[];
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
   * @param surroundingsOf reads what GRUB has to know beside its partitions
   * @throws GenctlError LEDGER_TOO_NEW, … of the first, where there is no other
   */
  read(
    root: Root,
    layout: BootLayout,
    surroundingsOf: SurroundingsOf,
  ): { targets: BootTarget[]; setAside: Finding[] } {
    const { done, setAside } = eachMirror(
      this.usable,
      target => root.onHost(mountPointOf(target)),
      ({ places, left, volumes }): BootTarget => {
        const read = new Map(
          volumes.map(volume => [volume, readBootPartition(volume.top, volume, layout)]),
        );
        const partitionOf = (volume: OpenVolume): BootPartition =>
          read.get(volume) as BootPartition;
        const placeOf = (place: OpenPlace): LoaderPlace => {
          const boot = partitionOf(place.boot);
          if (place.loader === 'systemd-boot') {
            return { loader: place.loader, esp: partitionOf(place.esp), boot };
          }
          const { esp } = place;
          const around = surroundingsOf(place, boot);
          return { loader: place.loader, esp: esp && partitionOf(esp), boot, ...around };
        };
        const [first, ...others] = places.map(placeOf);
        if (first === undefined) throw new Error('a target without a loader');
        const leftOnEsp = leftBehind(root, layout, volumes, places, partitionOf);
        return { places: [first, ...others], left: left.map(partitionOf), leftOnEsp };
      },
    );
    return { targets: done, setAside: [...this.setAside, ...setAside] };
  }

  [Symbol.dispose](): void {
    for (const { top } of this.#volumes()) top[Symbol.dispose]();
  }

  #volumes(): OpenVolume[] {
    return this.usable.flatMap(({ volumes }) => volumes);
  }
}

/** What a GRUB has left on an ESP that no place starts it from any more. */
function leftBehind(
  root: Root,
  layout: BootLayout,
  volumes: readonly OpenVolume[],
  places: readonly OpenPlace[],
  partitionOf: (volume: OpenVolume) => BootPartition,
): LeftOnEsp | undefined {
  const isUsed = (boot: OpenVolume, { mountPoint }: NonNullable<InstalledGrub['esp']>): boolean =>
    places.some(
      place =>
        place.loader === 'grub' && place.boot === boot && place.esp?.mountPoint === mountPoint,
    );
  const recorded = volumes.flatMap(volume => {
    const esp = partitionOf(volume).ledger?.grub?.esp;
    return esp === undefined || isUsed(volume, esp) ? [] : [esp];
  })[0];
  const esp = volumes.find(({ mountPoint }) => mountPoint === recorded?.mountPoint);
  if (recorded === undefined || esp === undefined) return undefined;
  const isFollowed = places.some(place => place.loader === 'systemd-boot' && place.esp === esp);
  return readLeftOnEsp(root, esp.top, recorded, layout, isFollowed);
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
  volumes: readonly Pick<VolumeIdentity, 'volume' | 'mountPoint' | 'isFolder' | 'target'>[],
): Map<VolumeId, Folder> {
  const tops = new Map<VolumeId, Folder>();
  for (const { volume, mountPoint, isFolder, target } of volumes) {
    try {
      const mount = mountOf(root, mountPoint);
      if (mount !== undefined) assertWritable(mount, root.onHost(mountPoint));
      tops.set(volume, isFolder === true ? root.folder(mountPoint) : openAgain(root, mountPoint));
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
  const outOfReach: Finding[] = [];
  const { setAside } = eachMirror(
    [...places.entries()],
    ([, place]) => root.onHost(firstMountPoint(place)),
    ([index, place]) => {
      for (const mountPoint of mountPointsOf(place)) check(mountPoint);
      const opener = new TargetOpener(root, index);
      const opened = opener.open(place, mountPoint => {
        try {
          check(mountPoint);
          return openLeft(root, mountPoint);
        } catch (thrown) {
          if (!(thrown instanceof GenctlError)) throw thrown;
          outOfReach.push(leftThere(root.onHost(mountPoint), thrown));
          return undefined;
        }
      });
      assertDistinct(opened, usable);
      usable.push(opened);
    },
  );
  return new OpenTargets(usable, [...setAside, ...outOfReach]);
}

/** What a target is called in messages: where the partition is mounted that names its default. */
export function mountPointOf({ places: [first] }: OpenTarget): string {
  if (first === undefined) throw new Error('a target without a loader');
  return first.loader === 'systemd-boot' ? first.esp.mountPoint : first.boot.mountPoint;
}

function leftThere(subject: string, { code, message, hint }: GenctlError): Finding {
  const finding = {
    code: 'LOADER_LEFT_THERE',
    subject,
    reason: `what genctl has there of a loader that is not declared any more stays (${code}): ${message}`,
  };
  return hint === undefined ? finding : { ...finding, hint };
}

/** The partitions that the loaders of a target write to, each once. */
function mountPointsOf({ loaders }: TargetPlace): string[] {
  const used = loaders.flatMap(place =>
    place.loader === 'systemd-boot'
      ? [place.esp, ...(place.xbootldr === undefined ? [] : [place.xbootldr])]
      : [place.boot, ...(place.esp === undefined ? [] : [place.esp])],
  );
  return [...new Set(used)];
}

/** Opens the partitions of one target: one that two loaders use, once. */
class TargetOpener {
  readonly #root: Root;
  readonly #index: number;
  readonly #volumes = new Map<string, OpenVolume>();

  constructor(root: Root, index: number) {
    this.#root = root;
    this.#index = index;
  }

  /** @param openLeft opens what is not used any more; undefined where that is out of reach */
  open(
    { loaders, left }: TargetPlace,
    openLeft: (mountPoint: string) => Folder | undefined,
  ): OpenTarget {
    try {
      const places = loaders.map(place => this.#openPlace(place));
      const leftVolumes = left.flatMap((mountPoint, index): OpenVolume[] => {
        const top = openLeft(mountPoint);
        if (top === undefined) return [];
        if (this.#isOpen(top)) {
          // The same partition under another name.
          top[Symbol.dispose]();
          return [];
        }
        // Apart from those of other targets.
        const number = this.#index * 100 + index + 1;
        return [this.#add(number === 1 ? 'left' : `left-${number}`, mountPoint, top)];
      });
      return { places, left: leftVolumes, volumes: [...this.#volumes.values()] };
    } catch (thrown) {
      for (const { top } of this.#volumes.values()) top[Symbol.dispose]();
      throw thrown;
    }
  }

  #openPlace(place: LoaderPlaces): OpenPlace {
    const root = this.#root;
    if (place.loader === 'grub') {
      const { esp: espPath } = place;
      const esp = espPath && this.#openVolume('esp', espPath, () => openEsp(root, espPath));
      const boot = this.#openVolume('boot', place.boot, () => openGrubBoot(root, place));
      return { loader: place.loader, esp: esp || undefined, boot, mountPoints: place };
    }
    const esp = this.#openVolume('esp', place.esp, () => openEsp(root, place.esp));
    const { xbootldr } = place;
    if (xbootldr === undefined) return { loader: place.loader, esp, boot: esp };
    const boot = this.#openVolume('xbootldr', xbootldr, () =>
      openXbootldr(root, xbootldr, esp.top),
    );
    return { loader: place.loader, esp, boot };
  }

  #isOpen(top: Folder): boolean {
    const { device, inode } = top.statSelf();
    return [...this.#volumes.values()].some(volume => {
      const other = volume.top.statSelf();
      return other.device === device && other.inode === inode;
    });
  }

  #openVolume(role: BootRole, mountPoint: string, open: () => Folder): OpenVolume {
    const known = this.#volumes.get(mountPoint);
    if (known !== undefined) return known;
    return this.#add(this.#index === 0 ? role : `${role}-${this.#index + 1}`, mountPoint, open());
  }

  #add(volume: BootVolumeId, mountPoint: string, top: Folder): OpenVolume {
    const isFolder = mountOf(this.#root, mountPoint) === undefined;
    const opened = { volume, mountPoint, isFolder, top };
    this.#volumes.set(mountPoint, opened);
    return opened;
  }
}

/** Two names of one partition would be written twice, and each take the other's files for strange. */
function assertDistinct(opened: OpenTarget, others: readonly OpenTarget[]): void {
  const seen = new Map<string, OpenVolume>();
  for (const volume of [...others, opened].flatMap(({ volumes }) => volumes)) {
    const { device, inode } = volume.top.statSelf();
    const same = seen.get(`${device}:${inode}`);
    if (same === undefined) {
      seen.set(`${device}:${inode}`, volume);
      continue;
    }
    throw new GenctlError(
      'MIRROR_SAME',
      `${same.mountPoint} and ${volume.mountPoint} are the same partition`,
      { hint: 'Name each partition once in the mount points of [boot.loader].' },
    );
  }
}
