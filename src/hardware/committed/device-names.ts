import type { BlockDevice } from '../facts/facts.ts';
import { BlockIndex } from '../module/block-index.ts';
import { encodedName } from '../module/built-links.ts';
import { areMembersOfOne, isAnother } from '../module/device-name.ts';

/**
 * What a name in a file leads to, beside the device that is meant: to that one; to another; to
 * several, of which any may be found first; to none; or to one that the facts cannot tell.
 */
export type Match = 'same' | 'another' | 'several' | 'none' | 'not known';

/** The block devices of a machine by any of the names that people and programs give them. */
export class DeviceNames {
  readonly #blocks: BlockIndex;
  /** What a module opens under a name that is not the one of now: `mapper/crypted`. */
  readonly #opened = new Map<string, BlockDevice>();
  readonly #hasLinks: boolean;
  readonly #hasIds: boolean;

  /** @param opened the devices that a module opens as LUKS, by the names of their mappings */
  constructor(devices: readonly BlockDevice[], opened: ReadonlyMap<string, string>) {
    this.#blocks = new BlockIndex(devices);
    const links = devices.flatMap(device => device.links);
    this.#hasLinks = links.some(link => link.startsWith('disk/'));
    // Captures that may be shown to others have none of the disks' own.
    this.#hasIds = links.some(link => link.startsWith('disk/by-id/'));
    for (const [name, device] of opened) {
      const below = this.answering(device) ?? [];
      if (this.isSeveral(below)) continue;
      const mapping = devices.find(
        ({ kind, liesOn }) => kind === 'luks' && below.some(lower => liesOn.includes(lower.name)),
      );
      if (mapping !== undefined) this.#opened.set(`mapper/${name}`, mapping);
    }
  }

  /**
   * All that answer to a name; what lies below one of them is found through it and not counted.
   *
   * @param text `/dev/…`, `UUID=…`, or several of a bcachefs with `:` between; undefined is the
   *   answer to anything else, which names no block device: `tmpfs`, `server:/export`, a file
   */
  answering(text: string): readonly BlockDevice[] | undefined {
    const names = text.split(/:(?=\/dev\/)/).map(nameInDev);
    if (names.includes(undefined)) return undefined;
    const found = new Set(names.flatMap(name => (name === undefined ? [] : this.#find(name))));
    return [...found].filter(
      device =>
        ![...found].some(other => other !== device && this.#blocks.below([other]).includes(device)),
    );
  }

  /** Whether two names lead to the same device, in whichever way it is named. */
  match(committed: string, live: string): Match {
    if (committed === live) return 'same';
    const found = this.answering(committed);
    const meant = this.answering(live);
    if (found === undefined || meant === undefined) return 'another';
    if (found.length === 0) return this.#isTold(committed) ? 'none' : 'not known';
    if (this.isSeveral(found)) return 'several';
    return found.some(one => meant.some(other => one === other || areMembersOfOne(one, other)))
      ? 'same'
      : 'another';
  }

  /** Whether some devices are not one, as the members of a file system or the ways to a disk are. */
  isSeveral(devices: readonly BlockDevice[]): boolean {
    return devices.some(one => devices.some(other => isAnother(other, one, this.#blocks)));
  }

  /** Whether a name is one of a block device of which it is certain that there is none. */
  isGone(text: string): boolean {
    return this.answering(text)?.length === 0 && this.#isTold(text);
  }

  #isTold(text: string): boolean {
    return text.startsWith('/dev/disk/by-id/') ? this.#hasIds : this.#hasLinks;
  }

  #find(name: string): readonly BlockDevice[] {
    const claimants = this.#blocks.claimants(name);
    if (claimants.length > 0) return claimants;
    // The kernel has `!` where a name in /dev has a folder: cciss!c0d0.
    const named = this.#blocks.named([name.replaceAll('/', '!')]);
    if (named.length > 0) return named;
    const mapper = name.startsWith('mapper/') ? name : mapperOfVolume(name);
    const mappings = [...this.#blocks.all()].filter(
      ({ mapping }) => mapping !== null && `mapper/${mapping.name}` === mapper,
    );
    return mappings.length > 0 ? mappings : [this.#opened.get(name)].flatMap(one => one ?? []);
  }
}

/** The name below /dev that udev gives what mount(8) finds by a tag. */
function nameInDev(text: string): string | undefined {
  if (text.startsWith('/dev/')) return text.slice('/dev/'.length).replace(/\/{2,}/g, '/');
  const tag = /^(UUID|LABEL|PARTUUID|PARTLABEL)=("?)(.+)\2$/s.exec(text);
  return tag === null ? undefined : `disk/by-${tag[1]?.toLowerCase()}/${encodedName(tag[3] ?? '')}`;
}

/** LVM puts a hyphen between the names of group and volume, and doubles those in them. */
function mapperOfVolume(name: string): string | undefined {
  const [group, volume, ...others] = name.split('/');
  if (group === undefined || volume === undefined || others.length > 0) return undefined;
  return `mapper/${group.replaceAll('-', '--')}-${volume.replaceAll('-', '--')}`;
}
