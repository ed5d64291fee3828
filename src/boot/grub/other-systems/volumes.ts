import { GenctlError } from '../../../errors.ts';
import { isFsUuid } from './foreign-text.ts';
import type { Prober } from './prober.ts';

/** A file system, as GRUB finds it. */
export interface Volume {
  fsUuid: string;
  modules: readonly string[];
}

/** The file systems on devices; each device is looked at once. */
export class Volumes {
  readonly #prober: Prober;
  readonly #known = new Map<string, Volume>();

  constructor(prober: Prober) {
    this.#prober = prober;
  }

  /** @throws GenctlError OTHER_SYSTEM_UNUSABLE where GRUB could not search for it; PROGRAM_…, INTERRUPTED */
  async of(device: string): Promise<Volume> {
    const known = this.#known.get(device);
    if (known !== undefined) return known;
    const answer = await this.#prober.ask('blkid', ['-p', '-o', 'export', device]);
    const valueOf = (key: string): string =>
      new RegExp(`^${key}=(.*)$`, 'm').exec(answer)?.[1] ?? '';
    const fsUuid = valueOf('UUID');
    if (!isFsUuid(fsUuid)) {
      throw new GenctlError(
        'OTHER_SYSTEM_UNUSABLE',
        `the file system on ${device} has no UUID that GRUB could search for`,
      );
    }
    const volume = { fsUuid, modules: [...modulesFor(device), ...modulesOf(valueOf('TYPE'))] };
    this.#known.set(device, volume);
    return volume;
  }

  /** The UUID of what is on a device; undefined where nobody can say it. */
  async uuidOf(device: string): Promise<string | undefined> {
    try {
      return (await this.of(device)).fsUuid;
    } catch (thrown) {
      if (!(thrown instanceof GenctlError) || thrown.code === 'INTERRUPTED') throw thrown;
      return undefined;
    }
  }
}

/** What makes GRUB see a device. It takes one on a disk without that partition table as well. */
function modulesFor(device: string): string[] {
  const partitions = ['part_gpt', 'part_msdos'];
  if (device.startsWith('/dev/md')) return [...partitions, 'mdraid09', 'mdraid1x'];
  return device.startsWith('/dev/mapper/') ? [...partitions, 'lvm'] : partitions;
}

/** By blkid's names of file systems; GRUB finds others by itself where it can. */
const fileSystemModules: Readonly<Record<string, string>> = {
  btrfs: 'btrfs',
  exfat: 'exfat',
  ext2: 'ext2',
  ext3: 'ext2',
  ext4: 'ext2',
  f2fs: 'f2fs',
  jfs: 'jfs',
  ntfs: 'ntfs',
  reiserfs: 'reiserfs',
  vfat: 'fat',
  xfs: 'xfs',
};

function modulesOf(fileSystem: string): string[] {
  const name = Object.hasOwn(fileSystemModules, fileSystem) && fileSystemModules[fileSystem];
  return name ? [name] : [];
}
