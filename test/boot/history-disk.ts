import * as assert from 'uvu/assert';
import { ext4Rules, extMagic } from '../../src/boot/space/ext4-volume.ts';
import { FatDirectory, linuxWriter } from '../../src/boot/space/fat-names.ts';
import { fatRules } from '../../src/boot/space/fat-volume.ts';
import { type AllocationRules, type NameTable, Volume } from '../../src/boot/space/volume.ts';
import type { FileSystemSpace } from '../../src/host/file-system-space.ts';
import type { DiskWrite } from '../../src/transaction/disk-write.ts';
import type { BootVolumeId, RunGrubInstall } from '../../src/transaction/step.ts';

export interface DiskKind {
  fileSystem: 'fat' | 'ext4';
  clusterBytes: number;
  clusterCount: number;
  /** Slots of the root directory; undefined on FAT32, and where it is not FAT. */
  rootSlots: number | undefined;
}

/** Inodes of an ext4: there are always more than this machine needs. */
const freeFiles = 10_000;

/** What grub-install makes below the folder that it is given: its own, and one for each kind. */
const grubFolders = ['grub', ...Array.from({ length: 7 }, (_, index) => `grub/${index}`)];

/** A boot partition of which every cluster is known: what a machine in memory really writes to. */
export class HistoryDisk {
  readonly #volumeId: BootVolumeId;
  readonly kind: DiskKind;
  readonly #volume: Volume;
  readonly #tables: Map<string, NameTable>;
  readonly #files = new Set<string>();
  readonly #writes: DiskWrite[] = [];
  #made: NameTable | undefined;

  constructor(volumeId: BootVolumeId, kind: DiskKind) {
    this.#volumeId = volumeId;
    this.kind = kind;
    const rules =
      kind.fileSystem === 'fat' ? fatRules(kind.clusterBytes) : ext4Rules(kind.clusterBytes);
    const top = topOf(kind, rules);
    const newFolder = (): NameTable => {
      this.#made = rules.newFolder();
      return this.#made;
    };
    this.#tables = new Map([['', top]]);
    this.#volume = new Volume(
      { ...rules, newFolder },
      { clusters: top.clusters, sizes: new Map(), folders: this.#tables },
    );
  }

  /** The same disk once more: what is tried on it has not happened. */
  copy(): HistoryDisk {
    const copy = new HistoryDisk(this.#volumeId, this.kind);
    for (const write of this.#writes) copy.#replay(write);
    return copy;
  }

  get usedBytes(): number {
    return this.#volume.usedBytes;
  }

  get freeBytes(): number {
    return this.kind.clusterCount * this.kind.clusterBytes - this.usedBytes;
  }

  /** Whether more was written than there is room for. */
  get isOverfull(): boolean {
    return this.freeBytes < 0 || this.#volume.isOverfull;
  }

  get space(): FileSystemSpace {
    const { fileSystem, clusterBytes, clusterCount } = this.kind;
    return {
      typeMagic: fileSystem === 'fat' ? 0x4d44 : extMagic,
      clusterBytes,
      totalBytes: clusterBytes * clusterCount,
      freeBytes: this.freeBytes,
      freeFiles: fileSystem === 'fat' ? 0 : freeFiles,
    };
  }

  /** Folders with the size that stat(2) gives them. */
  folders(): Map<string, { sizeBytes: number }> {
    const { clusterBytes, rootSlots } = this.kind;
    return new Map(
      [...this.#tables].map(([path, table]) => [
        path,
        {
          sizeBytes:
            path === '' && rootSlots !== undefined ? rootSlots * 32 : table.clusters * clusterBytes,
        },
      ]),
    );
  }

  /** Does what the write does to this disk, if it is one of this disk's. */
  write(write: DiskWrite): void {
    const volume = write.do === 'run-grub-install' ? write.step.volume : volumeOf(write);
    if (volume !== this.#volumeId) return;
    this.#writes.push(write);
    this.#replay(write);
  }

  #replay(write: DiskWrite): void {
    switch (write.do) {
      case 'make-folder':
        this.#makeFolder(write.path);
        return;
      case 'create':
        assert.is(this.#volume.sizeOf(write.path), undefined, `${write.path}: the name is taken`);
        this.#createFile(write.path, write.digest.sizeBytes);
        return;
      case 'rename':
        assert.is(this.#volume.sizeOf(write.to), undefined, `${write.to}: the name is taken`);
        this.#volume.rename(write.path, write.to);
        this.#files.delete(write.path);
        this.#files.add(write.to);
        return;
      case 'rewrite':
        this.#volume.resizeFile(write.path, Buffer.byteLength(write.text));
        return;
      case 'unlink':
        this.#remove(write.path);
        return;
      case 'remove-tree':
        this.#removeTree(write.path);
        return;
      case 'run-grub-install':
        this.#installGrub(write.step);
        return;
      default:
        return;
    }
  }

  #makeFolder(path: string): void {
    if (this.#tables.has(path)) return;
    this.#volume.makeFolder(path);
    if (this.#made !== undefined) this.#tables.set(path, this.#made);
  }

  #createFile(path: string, sizeBytes: number): void {
    this.#volume.createFile(path, sizeBytes);
    this.#files.add(path);
  }

  #remove(path: string): void {
    this.#volume.remove(path);
    this.#tables.delete(path);
    this.#files.delete(path);
  }

  #removeTree(top: string): void {
    const isWithin = (path: string): boolean => `${path}/`.startsWith(`${top}/`);
    for (const path of [...this.#files].filter(isWithin)) this.#remove(path);
    const folders = [...this.#tables.keys()].filter(isWithin);
    for (const path of folders.toSorted((left, right) => right.length - left.length)) {
      this.#remove(path);
    }
  }

  /** All bytes in one file, a byte in each of the others: nothing takes more room. */
  #installGrub({ runs, sizeBytes, fileCount }: RunGrubInstall): void {
    const [tree = ''] = runs[0]?.args ?? [];
    if (this.#files.has(`${tree}/grub/all`)) return;
    for (const folder of grubFolders) this.#makeFolder(`${tree}/${folder}`);
    this.#createFile(`${tree}/grub/all`, sizeBytes);
    for (let count = 0; count < fileCount; count++) {
      this.#createFile(`${tree}/grub/${String(count).padStart(28, '-')}.mod`, 1);
    }
  }
}

function volumeOf(write: DiskWrite): string | undefined {
  return 'volume' in write ? write.volume : undefined;
}

function topOf(
  { fileSystem, clusterBytes, rootSlots }: DiskKind,
  rules: AllocationRules,
): NameTable {
  if (fileSystem === 'ext4') return rules.newFolder();
  return rootSlots === undefined
    ? FatDirectory.chain(linuxWriter, clusterBytes)
    : FatDirectory.fixed(linuxWriter, rootSlots);
}
