import * as assert from 'uvu/assert';
import { FatDirectory, linuxWriter } from '../../src/boot/space/fat-names.ts';
import { fatRules } from '../../src/boot/space/fat-volume.ts';
import { type NameTable, Volume } from '../../src/boot/space/volume.ts';
import type { FileSystemSpace } from '../../src/host/folder.ts';
import type { DiskWrite } from '../../src/transaction/disk-write.ts';
import type { BootVolumeId } from '../../src/transaction/step.ts';

export interface DiskKind {
  clusterBytes: number;
  clusterCount: number;
  /** Slots of the root directory; undefined on FAT32. */
  rootSlots: number | undefined;
}

/** A FAT partition of which every cluster is known: what a machine in memory really writes to. */
export class HistoryDisk {
  readonly #volumeId: BootVolumeId;
  readonly #kind: DiskKind;
  readonly #volume: Volume;
  readonly #tables: Map<string, NameTable>;
  readonly #writes: DiskWrite[] = [];
  #made: NameTable | undefined;

  constructor(volumeId: BootVolumeId, kind: DiskKind) {
    this.#volumeId = volumeId;
    this.#kind = kind;
    const { clusterBytes, rootSlots } = kind;
    const top =
      rootSlots === undefined
        ? FatDirectory.chain(linuxWriter, clusterBytes)
        : FatDirectory.fixed(linuxWriter, rootSlots);
    const rules = fatRules(clusterBytes);
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
    const copy = new HistoryDisk(this.#volumeId, this.#kind);
    for (const write of this.#writes) copy.#replay(write);
    return copy;
  }

  get usedBytes(): number {
    return this.#volume.usedBytes;
  }

  get freeBytes(): number {
    return this.#kind.clusterCount * this.#kind.clusterBytes - this.usedBytes;
  }

  /** Whether more was written than there is room for. */
  get isOverfull(): boolean {
    return this.freeBytes < 0 || this.#volume.isOverfull;
  }

  get space(): FileSystemSpace {
    const { clusterBytes, clusterCount } = this.#kind;
    return {
      typeMagic: 0x4d44,
      clusterBytes,
      totalBytes: clusterBytes * clusterCount,
      freeBytes: this.freeBytes,
      freeFiles: 0,
    };
  }

  /** Folders with the size that stat(2) gives them. */
  folders(): Map<string, { sizeBytes: number }> {
    const { clusterBytes, rootSlots } = this.#kind;
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
    if (!('volume' in write) || write.volume !== this.#volumeId) return;
    this.#writes.push(write);
    this.#replay(write);
  }

  #replay(write: DiskWrite): void {
    switch (write.do) {
      case 'make-folder':
        this.#volume.makeFolder(write.path);
        if (this.#made !== undefined) this.#tables.set(write.path, this.#made);
        return;
      case 'create':
        assert.is(this.#volume.sizeOf(write.path), undefined, `${write.path}: the name is taken`);
        this.#volume.createFile(write.path, write.digest.sizeBytes);
        return;
      case 'rename':
        assert.is(this.#volume.sizeOf(write.to), undefined, `${write.to}: the name is taken`);
        this.#volume.rename(write.path, write.to);
        return;
      case 'rewrite':
        this.#volume.resizeFile(write.path, Buffer.byteLength(write.text));
        return;
      case 'unlink':
        this.#volume.remove(write.path);
        return;
      default:
        return;
    }
  }
}
