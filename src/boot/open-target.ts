import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import type { BootRole, BootVolumeId } from '../transaction/step.ts';
import { mountOf, openEsp, openGrubBoot, openXbootldr } from './open-partition.ts';
import type { GrubMountPoints, LoaderMountPoints, TargetPlace } from './target-place.ts';

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

/** A target with its partitions open. */
export interface OpenTarget {
  places: readonly [OpenPlace, ...OpenPlace[]];
  left: readonly OpenVolume[];
  /** Each of its partitions once. */
  volumes: readonly OpenVolume[];
}

/**
 * Opens the partitions of one target.
 *
 * @param index of the target among all, from 0
 * @param openLeft opens what is not used any more; undefined where that is out of reach
 * @throws GenctlError ESP_NOT_MOUNTED, ESP_NOT_FAT, …
 */
export function openTarget(
  root: Root,
  index: number,
  place: TargetPlace,
  openLeft: (mountPoint: string) => Folder | undefined,
): OpenTarget {
  return new TargetOpener(root, index).open(place, openLeft);
}

/** Opens a partition that two loaders use once. */
class TargetOpener {
  readonly #root: Root;
  readonly #index: number;
  readonly #volumes = new Map<string, OpenVolume>();

  constructor(root: Root, index: number) {
    this.#root = root;
    this.#index = index;
  }

  open(
    { loaders, left }: TargetPlace,
    openLeft: (mountPoint: string) => Folder | undefined,
  ): OpenTarget {
    try {
      const [first, ...others] = loaders.map(place => this.#openPlace(place));
      if (first === undefined) throw new Error('a target without a loader');
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
      return {
        places: [first, ...others],
        left: leftVolumes,
        volumes: [...this.#volumes.values()],
      };
    } catch (thrown) {
      for (const { top } of this.#volumes.values()) top[Symbol.dispose]();
      throw thrown;
    }
  }

  #openPlace(place: LoaderMountPoints): OpenPlace {
    const root = this.#root;
    if (place.loader === 'grub') {
      const { esp: espPath } = place;
      const esp =
        espPath === undefined
          ? undefined
          : this.#openVolume('esp', espPath, () => openEsp(root, espPath));
      const boot = this.#openVolume('boot', place.boot, () => openGrubBoot(root, place));
      return { loader: place.loader, esp, boot, mountPoints: place };
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
