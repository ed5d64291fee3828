import { type Finding, GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import type { BootVolumeId, VolumeId } from '../transaction/step.ts';
import { type BootTarget, mountPointOf } from './boot-target.ts';
import { eachMirror } from './each-mirror.ts';
import type { BootLayout } from './layout.ts';
import { assertWritable, mountOf, openLeft } from './open-partition.ts';
import { type OpenTarget, type OpenVolume, openTarget } from './open-target.ts';
import { readTarget, type SurroundingsOf } from './read-target.ts';
import { firstMountPoint, mountPointsOf, type TargetPlace } from './target-place.ts';

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
      target => readTarget(root, target, layout, surroundingsOf),
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
      for (const mountPoint of new Set(place.loaders.flatMap(mountPointsOf))) check(mountPoint);
      const opened = openTarget(root, index, place, mountPoint => {
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

function leftThere(subject: string, { code, message, hint }: GenctlError): Finding {
  const finding = {
    code: 'LOADER_LEFT_THERE',
    subject,
    reason: `what genctl has written there stays, though nothing declared uses it any more (${code}): ${message}`,
  };
  return hint === undefined ? finding : { ...finding, hint };
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
