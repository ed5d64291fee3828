// A random life of a FAT volume: the same is done to an image and to the model of it.
import { emptyFatVolume } from '../../../src/boot/space/fat-volume.ts';
import type { Volume } from '../../../src/boot/space/volume.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { type FatImage, type FatKind, mtoolsWriter } from './mtools.ts';

const hex = '0123456789abcdef';

/** Kinds of volumes of all three widths, small enough to be filled. */
export function randomKind(random: SeededRandom): FatKind {
  const bits = random.pick<FatKind['bits']>([12, 12, 16, 32]);
  const rootSlots = 16 * (1 + random.below(32));
  if (bits === 12) {
    const sectorsPerCluster = random.pick([1, 1, 2, 4, 8, 16]);
    const clusters = 40 + random.below(sectorsPerCluster > 4 ? 500 : 3900);
    return kindOf(bits, sectorsPerCluster, clusters, rootSlots);
  }
  if (bits === 16) {
    const sectorsPerCluster = random.pick([1, 1, 2, 4]);
    return kindOf(bits, sectorsPerCluster, 4200 + random.below(4000), rootSlots);
  }
  // The least that is FAT32 for every program; with larger clusters there is more to be written.
  const sectorsPerCluster = random.below(20) === 0 ? random.pick([2, 4, 8]) : 1;
  return kindOf(bits, sectorsPerCluster, 65_600 + random.below(500), rootSlots);
}

function kindOf(
  bits: FatKind['bits'],
  sectorsPerCluster: number,
  clusters: number,
  rootSlots: number,
): FatKind {
  const fatBytes = 2 * Math.ceil((clusters * bits) / 8 / 512) * 512;
  const kibibytes = Math.ceil((clusters * sectorsPerCluster * 512 + fatBytes + 32_768) / 1024);
  return { bits, sectorsPerCluster, imageBytes: kibibytes * 1024, rootSlots };
}

/** Does things at random to an image and its model, until the last cluster is taken. */
export class FatHistory {
  readonly #random: SeededRandom;
  readonly #image: FatImage;
  readonly #volume: Volume;
  readonly #clusterBytes: number;
  /** Most lives are about names: large files would end them early. */
  readonly #hasLargeFiles: boolean;
  readonly #folders = [''];
  readonly #files: string[] = [];
  #names = 0;

  constructor(random: SeededRandom, image: FatImage) {
    this.#random = random;
    this.#image = image;
    this.#hasLargeFiles = random.below(3) === 0;
    this.#clusterBytes = image.geometry.clusterBytes;
    this.#volume = emptyFatVolume(image.geometry, mtoolsWriter);
  }

  /** Gives how often the free space was compared. */
  live(): number {
    const rounds = 3 + this.#random.below(12);
    let checks = 0;
    for (let round = 0; round < rounds; round++) {
      if (!this.#liveOn()) return checks;
      if (this.#random.below(3) === 0) checks += this.#check();
    }
    return checks + this.#fill();
  }

  get #freeClusters(): number {
    const { clusterCount } = this.#image.geometry;
    return clusterCount - this.#volume.usedBytes / this.#clusterBytes;
  }

  #check(): number {
    this.#image.expectFree(this.#freeClusters * this.#clusterBytes);
    return 1;
  }

  /** Something happens; false where it did not find room, which ends the story. */
  #liveOn(): boolean {
    switch (this.#random.below(8)) {
      case 0:
      case 1:
        return this.#makeFolders();
      case 2:
        this.#rename();
        return true;
      case 3:
      case 4:
        this.#remove();
        return true;
      default:
        return this.#createFiles();
    }
  }

  #makeFolders(): boolean {
    const made: string[] = [];
    for (let count = 1 + this.#random.below(3); count > 0; count--) {
      // Room for a folder is the exception that this leaves to files.
      if (this.#freeClusters < 4 || this.#folders.length > 5) break;
      const path = join(this.#anyFolder(), this.#newName());
      this.#volume.makeFolder(path);
      if (this.#volume.isOverfull) break;
      this.#folders.push(path);
      made.push(path);
    }
    if (made.length > 0) this.#image.makeFolders(made);
    return !this.#volume.isOverfull;
  }

  #createFiles(): boolean {
    const folder = this.#anyFolder();
    const made: [string, number][] = [];
    let fits = true;
    for (let count = 1 + this.#random.below(25); count > 0 && fits; count--) {
      const name = this.#newName();
      const sizeBytes = this.#anySize();
      fits = this.#create(folder, name, sizeBytes);
      if (fits) {
        made.push([name, sizeBytes]);
        continue;
      }
      if (made.length > 0) this.#image.copyIn(folder, made);
      this.#image.refuse(folder, name, sizeBytes);
    }
    if (fits) this.#image.copyIn(folder, made);
    return fits;
  }

  /** On the model alone; false where it says that there is no room. */
  #create(folder: string, name: string, sizeBytes: number): boolean {
    const path = join(folder, name);
    this.#volume.createFile(path, sizeBytes);
    this.#files.push(path);
    return this.#freeClusters >= 0 && !this.#volume.isOverfull;
  }

  #remove(): void {
    const gone: string[] = [];
    for (let count = this.#random.below(20); count > 0 && this.#files.length > 0; count--) {
      const [path] = this.#files.splice(this.#random.below(this.#files.length), 1);
      if (path === undefined) break;
      this.#volume.remove(path);
      gone.push(path);
    }
    if (gone.length > 0) this.#image.remove(gone);
    this.#removeFolder();
  }

  #removeFolder(): void {
    const at = this.#random.below(this.#folders.length);
    const path = this.#folders[at] ?? '';
    const isUsed = [...this.#files, ...this.#folders].some(each => each.startsWith(`${path}/`));
    if (path === '' || isUsed || this.#random.below(2) === 0) return;
    this.#folders.splice(at, 1);
    this.#volume.remove(path);
    this.#image.removeFolder(path);
  }

  #rename(): void {
    for (let count = 1 + this.#random.below(3); count > 0; count--) {
      if (this.#files.length === 0 || this.#freeClusters < 4) return;
      const at = this.#random.below(this.#files.length);
      const from = this.#files[at] ?? '';
      const isMove = this.#random.below(2) === 0;
      // The root directory of FAT12 may be full: only folders that can grow take another name.
      const target = isMove ? this.#folders[1] : folderOf(from);
      if (target === undefined || target === '') return;
      const name = from.slice(from.lastIndexOf('/') + 1);
      const to = join(target, isMove ? name : this.#shorterName(name));
      if (from === to) return;
      this.#volume.rename(from, to);
      this.#image.rename(from, to);
      this.#files[at] = to;
    }
  }

  /** Takes the last clusters with a few files, then asks for one more. */
  #fill(): number {
    let checks = 0;
    for (let left = 1 + this.#random.below(3); left > 0; left--) {
      const folder = this.#anyFolder();
      const name = this.#newName();
      if (!this.#create(folder, name, 0)) {
        this.#image.refuse(folder, name, 0);
        return checks;
      }
      // What its name has taken is not there for its content.
      const free = this.#freeClusters;
      const clusters = left === 1 ? free : this.#random.below(free + 1);
      const sizeBytes = Math.max(0, clusters * this.#clusterBytes - this.#random.below(500));
      this.#volume.resizeFile(join(folder, name), sizeBytes);
      this.#image.copyIn(folder, [[name, sizeBytes]]);
    }
    checks += this.#check();
    for (let tries = 0; tries < 3; tries++) {
      const folder = this.#anyFolder();
      const name = this.#newName();
      const sizeBytes = this.#random.below(3);
      if (!this.#create(folder, name, sizeBytes)) {
        this.#image.refuse(folder, name, sizeBytes);
        return checks;
      }
      this.#image.copyIn(folder, [[name, sizeBytes]]);
      checks += this.#check();
    }
    return checks;
  }

  #anyFolder(): string {
    return this.#folders[this.#random.below(this.#folders.length)] ?? '';
  }

  #anySize(): number {
    if (!this.#hasLargeFiles && this.#random.below(8) > 0) return this.#random.below(3);
    switch (this.#random.below(4)) {
      case 0:
        return this.#random.below(3);
      case 1:
        return this.#clusterBytes * this.#random.below(4);
      case 2:
        return this.#random.below(5 * this.#clusterBytes);
      default:
        return this.#random.below(Math.floor(this.#image.geometry.clusterCount / 20)) * 512;
    }
  }

  /** mtools ends with an assertion where a new name in the same folder makes it grow. */
  #shorterName(than: string): string {
    const name = this.#newName();
    return mtoolsWriter.slotsOf(name) <= mtoolsWriter.slotsOf(than) ? name : `R${this.#names}.X`;
  }

  /**
   * A name as ours, or short, or long; never the same twice. Not of any length: mtools gives up
   * where a folder has to grow by two clusters at once.
   */
  #newName(): string {
    this.#names += 1;
    const count = this.#names;
    const digits = (length: number): string =>
      Array.from({ length }, () => hex[this.#random.below(16)]).join('');
    switch (this.#random.below(8)) {
      case 0:
        return `genctl-1a2b3c4d-${count}-${digits(12)}.conf`;
      case 1:
        return `linux-${digits(32)}.efi`;
      case 2:
        return `initrd-${digits(32)}.img.part`;
      case 3:
        return `K${count}.IMG`;
      case 4:
        return `f${count}.cfg`;
      case 5:
        return `Mixed${count}.Conf`;
      case 6:
        return `${count}-${this.#random.text('abcdefghijklmnopqrstuvwxyz', 60)}x`;
      default:
        return `${count}-${this.#random.text('abcdefghijklmnopqrstuvwxyz', 180)}x`;
    }
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
