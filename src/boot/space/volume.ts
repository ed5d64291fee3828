/** What the names in one folder take. */
export interface NameTable {
  /** The folder's own size. Never shrinks. */
  readonly clusters: number;
  /** Whether a name was taken for which there was no place, and no way to make one. */
  readonly isOverfull: boolean;
  take(name: string): void;
  release(name: string): void;
  /** Takes a name for what has another one in the same folder. */
  exchange(from: string, to: string): void;
}

/** How one kind of file system allocates. */
export interface AllocationRules {
  /** The unit of allocation: clusters of FAT, blocks elsewhere. */
  clusterBytes: number;
  fileClusters(sizeBytes: number): number;
  /** The least that a file of this size takes which was there before: what its removal frees. */
  seenFileClusters(sizeBytes: number): number;
  newFolder(): NameTable;
  /** A folder that was there before; of one that was not looked at, the size is not known. */
  seenFolder(sizeBytes: number | undefined): NameTable;
}

/** Where a model starts. Paths are below the top, which is ''. */
export interface VolumeStart {
  /** What counts as in use. */
  clusters: number;
  sizes: ReadonlyMap<string, number>;
  folders: ReadonlyMap<string, NameTable>;
}

interface KnownFile {
  sizeBytes: number;
  clusters: number;
}

/**
 * A model of a file system that answers one question: how much of it is in use after this? It
 * grows beyond any disk: whether that fits is the caller's to compare.
 *
 * Paths are told apart as they are written; on FAT callers write one path in one way.
 */
export class Volume {
  readonly #rules: AllocationRules;
  readonly #files = new Map<string, KnownFile>();
  readonly #folders: Map<string, NameTable>;
  #clusters: number;
  #fileCount = 0;
  #isOverfull = false;

  constructor(rules: AllocationRules, start: VolumeStart) {
    this.#rules = rules;
    this.#folders = new Map(start.folders);
    this.#clusters = start.clusters;
    for (const [path, sizeBytes] of start.sizes) {
      this.#files.set(path, { sizeBytes, clusters: rules.seenFileClusters(sizeBytes) });
    }
  }

  /** What is in use; where a model starts from a mounted volume, counted from there. */
  get usedBytes(): number {
    return this.#clusters * this.#rules.clusterBytes;
  }

  /** Files and folders, as many as were made and not removed: inodes, where there are such. */
  get usedFiles(): number {
    return this.#fileCount;
  }

  /** Whether some folder could not take another name, however much is free. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  /** The size of a file; undefined where none of that path is known. */
  sizeOf(path: string): number | undefined {
    return this.#files.get(path)?.sizeBytes;
  }

  makeFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#inFolderOf(path, (folder, name) => {
      folder.take(name);
    });
    const made = this.#rules.newFolder();
    this.#folders.set(path, made);
    this.#clusters += made.clusters;
    this.#fileCount += 1;
  }

  /** Makes a file under a name that is free. */
  createFile(path: string, sizeBytes: number): void {
    this.#inFolderOf(path, (folder, name) => {
      folder.take(name);
    });
    this.#put(path, { sizeBytes, clusters: this.#rules.fileClusters(sizeBytes) });
    this.#fileCount += 1;
  }

  /** Gives a file another size, in place. */
  resizeFile(path: string, sizeBytes: number): void {
    const before = this.#files.get(path);
    if (before === undefined) return;
    this.#take(path);
    const clusters = this.#rules.fileClusters(sizeBytes);
    const isGrowing = sizeBytes > before.sizeBytes;
    this.#put(path, {
      sizeBytes,
      clusters: isGrowing ? clusters : Math.min(clusters, before.clusters),
    });
  }

  /** Renames a file; what has the new name already is replaced, and gives its name away. */
  rename(from: string, to: string): void {
    const file = this.#take(from);
    if (file === undefined) return;
    if (from !== to) this.#moveName(from, to);
    this.#put(to, file);
  }

  /** Removes a file or an empty folder. What is not known to be there frees nothing. */
  remove(path: string): void {
    const folder = this.#folders.get(path);
    if (this.#take(path) === undefined && folder === undefined) return;
    this.#folders.delete(path);
    this.#clusters -= folder?.clusters ?? 0;
    this.#fileCount -= 1;
    this.#releaseName(path);
  }

  #put(path: string, file: KnownFile): void {
    this.#files.set(path, file);
    this.#clusters += file.clusters;
  }

  #take(path: string): KnownFile | undefined {
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    this.#files.delete(path);
    this.#clusters -= file.clusters;
    return file;
  }

  #moveName(from: string, to: string): void {
    if (this.#take(to) !== undefined) {
      this.#fileCount -= 1;
      this.#releaseName(from);
    } else if (folderOf(from) === folderOf(to)) {
      this.#inFolderOf(to, (folder, name) => {
        folder.exchange(nameOf(from), name);
      });
    } else {
      this.#inFolderOf(to, (folder, name) => {
        folder.take(name);
      });
      this.#releaseName(from);
    }
  }

  #releaseName(path: string): void {
    this.#inFolderOf(path, (folder, name) => {
      folder.release(name);
    });
  }

  #inFolderOf(path: string, change: (folder: NameTable, name: string) => void): void {
    const folder = this.#folderAt(folderOf(path));
    const before = folder.clusters;
    change(folder, nameOf(path));
    this.#clusters += folder.clusters - before;
    this.#isOverfull ||= folder.isOverfull;
  }

  #folderAt(path: string): NameTable {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const seen = this.#rules.seenFolder(undefined);
    this.#folders.set(path, seen);
    return seen;
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
