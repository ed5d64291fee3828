import { readLoaderVariable } from '../host/efi-variables.ts';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import { readLoadOption } from '../host/load-options.ts';
import type { Root } from '../host/root.ts';
import type { DiskView } from './disk-write.ts';
import { journalMark } from './journal.ts';
import type { FileDigest, FilePlace, VolumeId } from './step.ts';

/** Texts that a transaction compares are ledgers, states and loader configurations. */
const maxTextBytes = 16 << 20;

/**
 * The file systems of a machine that a transaction may write to. The root file system is
 * reached as the machine itself would, through links; on a boot partition there are none.
 */
export class Disks implements DiskView, Disposable {
  readonly root: Root;
  readonly #bootVolumes: ReadonlyMap<VolumeId, Folder>;

  /** @param bootVolumes the tops of the boot partitions; given back together with this */
  constructor(root: Root, bootVolumes: ReadonlyMap<VolumeId, Folder>) {
    this.root = root;
    this.#bootVolumes = bootVolumes;
  }

  /** Opens the folder that a place lies in. */
  folderOf(place: FilePlace): { folder: Folder; name: string } {
    const at = place.path.lastIndexOf('/');
    const parent = at < 0 ? '' : place.path.slice(0, at);
    return { folder: this.folder(place.volume, parent), name: place.path.slice(at + 1) };
  }

  folder(volume: VolumeId, path: string): Folder {
    if (volume === 'root') return this.root.folder(`/${path}`);
    let folder = this.top(volume).duplicate();
    for (const name of path.split('/').filter(part => part !== '')) {
      using parent = folder;
      folder = parent.open(name);
    }
    return folder;
  }

  /** Whether a boot partition is at hand. */
  has(volume: VolumeId): boolean {
    return volume === 'root' || this.#bootVolumes.has(volume);
  }

  /** The top of a volume. Stays open as long as this. */
  top(volume: VolumeId): Folder {
    const folder = this.#bootVolumes.get(volume);
    if (folder === undefined) throw new Error(`no such volume: ${volume}`);
    return folder;
  }

  digest(place: FilePlace): FileDigest | undefined {
    return this.#at(place, (folder, name) =>
      folder.stat(name)?.kind === 'file' ? folder.digest(name) : undefined,
    );
  }

  text(place: FilePlace): string | undefined {
    return this.#at(place, (folder, name) =>
      folder.readFileIfThere(name, maxTextBytes)?.toString('utf8'),
    );
  }

  linkTarget(place: FilePlace): string | undefined {
    return this.#at(place, (folder, name) => folder.readLinkIfThere(name));
  }

  exists(place: FilePlace): boolean {
    return this.#at(place, (folder, name) => folder.stat(name)) !== undefined;
  }

  efiVariable(name: string): string | undefined {
    return readLoaderVariable(this.root, name);
  }

  loadOptionPath(number: string): string | undefined {
    return readLoadOption(this.root, number)?.path;
  }

  isMarkedCommitted(): boolean {
    return this.root.stat(journalMark) !== undefined;
  }

  [Symbol.dispose](): void {
    for (const folder of this.#bootVolumes.values()) folder[Symbol.dispose]();
  }

  #at<T>(place: FilePlace, look: (folder: Folder, name: string) => T | undefined): T | undefined {
    const found = ifThere(() => this.folderOf(place), ['FILE_MISSING', 'NOT_A_FOLDER']);
    if (found === undefined) return undefined;
    using folder = found.folder;
    return look(folder, found.name);
  }
}
