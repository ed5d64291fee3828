import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { GenctlError } from '../errors.ts';
import { fileError, ifThere } from './file-error.ts';
import type { FileSystemSpace } from './file-system-space.ts';
import { mountsWithin, readMounts } from './mounts.ts';

/** A name inside a folder: text, or raw bytes where the name may not be UTF-8. */
export type Name = string | Buffer;

export type FileKind = 'file' | 'folder' | 'link' | 'other';

export interface FileStat {
  kind: FileKind;
  sizeBytes: number;
  /** Permission bits, without the file type. */
  mode: number;
  uid: number;
  gid: number;
  /** Seconds since the epoch. */
  mtimeSeconds: number;
  ctimeMilliseconds: number;
  device: number;
  inode: number;
  links: number;
}

/** Linux's O_PATH, which Node does not name: a handle that needs no read permission. */
const O_PATH = 0o10000000;
const {
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
} = fs.constants;

const chunkBytes = 1 << 20;

/**
 * A folder held open. Everything below it is reached through the handle
 * (`/proc/self/fd/N/NAME`) and one name at a time, and no link is ever followed, so a path that
 * is exchanged meanwhile cannot lead anywhere else.
 *
 * All calls are synchronous on purpose: the order of writes is the order of the lines, and no
 * write can be left un-awaited. Every failure is a GenctlError that names the path.
 */
export class Folder implements Disposable {
  /** Where the folder was found, for messages only. */
  readonly path: string;
  readonly #handle: number;
  readonly #prefix: string;
  #open = true;

  private constructor(handle: number, path: string) {
    this.#handle = handle;
    this.#prefix = `/proc/self/fd/${handle}/`;
    this.path = path;
  }

  /** Opens a folder by its path on the host, following links: the way in, for roots only. */
  static atHostPath(path: string): Folder {
    return new Folder(
      attempt('open', path, () => fs.openSync(path, O_PATH | O_DIRECTORY)),
      path,
    );
  }

  /** The path that reaches this folder through its handle, in this process only. */
  get handlePath(): string {
    this.#assertOpen();
    return `/proc/self/fd/${this.#handle}`;
  }

  /** Where the folder is on the host, by its own path: no link on the way. */
  get realPath(): string {
    return attempt('find', this.path, () => fs.readlinkSync(this.handlePath));
  }

  /** The same folder under a handle of its own. */
  duplicate(): Folder {
    return new Folder(
      attempt('open', this.path, () => fs.openSync(`${this.handlePath}/.`, O_PATH | O_DIRECTORY)),
      this.path,
    );
  }

  open(name: Name): Folder {
    const handle = this.#attempt('open', name, () =>
      fs.openSync(this.#at(name), O_PATH | O_DIRECTORY | O_NOFOLLOW),
    );
    return new Folder(handle, this.join(name));
  }

  /** The folder of that name, or undefined where there is nothing of that name. */
  openIfThere(name: Name): Folder | undefined {
    return ifThere(() => this.open(name));
  }

  /** Opens the folder of that name and makes it first where it is missing. */
  openOrMake(name: Name, mode = 0o755): Folder {
    const there = this.openIfThere(name);
    if (there !== undefined) return there;
    this.makeFolder(name, mode);
    this.sync();
    return this.open(name);
  }

  /** Names in byte order, without `.` and `..`. */
  names(): string[] {
    return attempt('list', this.path, () => fs.readdirSync(this.handlePath)).toSorted(byBytes);
  }

  /** Names one by one, in no order: for folders of a million, which may change meanwhile. */
  *namesUnsorted(): Generator<string, void, undefined> {
    const folder = attempt('list', this.path, () =>
      fs.opendirSync(this.handlePath, { bufferSize: 1024 }),
    );
    try {
      for (;;) {
        const entry = attempt('list', this.path, () => folder.readSync());
        if (entry === null) return;
        yield entry.name;
      }
    } finally {
      folder.closeSync();
    }
  }

  /** Names as raw bytes, in byte order. */
  rawNames(): Buffer[] {
    return this.rawNamesUnsorted().toSorted((left, right) => Buffer.compare(left, right));
  }

  /** Names as raw bytes, in no order. */
  rawNamesUnsorted(): Buffer[] {
    return attempt('list', this.path, () =>
      fs.readdirSync(this.handlePath, { encoding: 'buffer' }),
    );
  }

  /** Names as raw bytes, in byte order, and what each is: cheaper than a `stat` for each. */
  rawEntries(): { name: Buffer; kind: FileKind }[] {
    const found = attempt('list', this.path, () =>
      fs.readdirSync(this.handlePath, { encoding: 'buffer', withFileTypes: true }),
    );
    return found
      .map(entry => ({ name: entry.name, kind: kindOf(entry) }))
      .toSorted((left, right) => Buffer.compare(left.name, right.name));
  }

  /** What is of that name, links not followed; undefined where there is nothing. */
  stat(name: Name): FileStat | undefined {
    const stat = this.#attempt('stat', name, () =>
      fs.lstatSync(this.#at(name), { throwIfNoEntry: false }),
    );
    return stat === undefined ? undefined : toFileStat(stat);
  }

  /** What this folder itself is. */
  statSelf(): FileStat {
    return toFileStat(attempt('stat', this.path, () => fs.statSync(`${this.handlePath}/.`)));
  }

  readFile(name: Name, maxBytes = 64 << 20): Buffer {
    return this.#read(name, maxBytes, handle => fs.readFileSync(handle));
  }

  /** A small file as UTF-8 text; undefined where there is nothing of that name. */
  readTextIfThere(name: Name, maxBytes = 1 << 20): string | undefined {
    return ifThere(() => this.#read(name, maxBytes, handle => fs.readFileSync(handle, 'utf8')));
  }

  readFileIfThere(name: Name, maxBytes?: number): Buffer | undefined {
    return ifThere(() => this.readFile(name, maxBytes));
  }

  /**
   * Reads a small file into a buffer of the caller's, which must be larger than the file: for many
   * files, as it costs half of `readFile`.
   *
   * @returns how many bytes it has; undefined where there is nothing of that name
   */
  readInto(name: Name, into: Buffer): number | undefined {
    return ifThere(() =>
      this.#attempt('read', name, () => {
        const handle = this.#openToRead(name);
        try {
          const count = fs.readSync(handle, into, 0, into.length, null);
          assertSize(count, into.length - 1);
          return count;
        } finally {
          fs.closeSync(handle);
        }
      }),
    );
  }

  /**
   * The content of a file, piece by piece. Each piece is a view of one buffer that the next one
   * overwrites: use it before asking for more.
   */
  *chunks(name: Name): Generator<Buffer, void, undefined> {
    const path = this.join(name);
    const handle = attempt('read', path, () => this.#openToRead(name));
    try {
      const buffer = Buffer.allocUnsafe(chunkBytes);
      for (;;) {
        const count = attempt('read', path, () => fs.readSync(handle, buffer, 0, chunkBytes, null));
        if (count === 0) return;
        yield buffer.subarray(0, count);
      }
    } finally {
      fs.closeSync(handle);
    }
  }

  /** Size and SHA-256 (hexadecimal) of a file's content. */
  digest(name: Name): { sizeBytes: number; sha256: string } {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for (const chunk of this.chunks(name)) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
    return { sizeBytes, sha256: hash.digest('hex') };
  }

  /** Opens a file, to be read piece by piece into buffers of the caller's. */
  openFile(name: Name): OpenFile {
    const path = this.join(name);
    return new OpenFile(
      attempt('read', path, () => this.#openToRead(name)),
      path,
    );
  }

  readLink(name: Name): string {
    return this.#attempt('read the link', name, () => fs.readlinkSync(this.#at(name)));
  }

  readLinkRaw(name: Name): Buffer {
    return this.#attempt('read the link', name, () =>
      fs.readlinkSync(this.#at(name), { encoding: 'buffer' }),
    );
  }

  /** The target of the link of that name; undefined where there is nothing, or no link. */
  readLinkIfThere(name: Name): string | undefined {
    return this.stat(name)?.kind === 'link' ? this.readLink(name) : undefined;
  }

  /** Creates a file whole and synced. Fails where anything of that name exists. */
  createFile(name: Name, content: Iterable<Uint8Array> | Uint8Array, mode = 0o644): void {
    this.#create(name, content, mode, handle => fs.fsyncSync(handle));
  }

  /**
   * Creates a file that need not outlive a crash, as a lock on /run, or that is synced later
   * together with others.
   */
  createUnsynced(name: Name, content: Iterable<Uint8Array> | Uint8Array, mode = 0o644): void {
    this.#create(name, content, mode, () => undefined);
  }

  /**
   * Writes over a part of a file that exists, in place, and syncs it. Atomic for one sector at
   * most.
   *
   * @param offsetBytes where that part begins
   */
  overwrite(name: Name, bytes: Uint8Array, offsetBytes = 0): void {
    this.#writeInPlace(name, handle => {
      writeAll(handle, bytes, offsetBytes);
    });
  }

  /** Gives a file that exists another content, in place, and syncs it. Not atomic. */
  rewrite(name: Name, bytes: Uint8Array): void {
    this.#writeInPlace(name, handle => {
      writeAll(handle, bytes, 0);
      fs.ftruncateSync(handle, bytes.length);
    });
  }

  /** Adds bytes to the end of a file in one write, and makes it where it is missing. Unsynced. */
  append(name: Name, bytes: Uint8Array, mode = 0o644): void {
    this.#attempt('write', name, () => {
      const flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW;
      const handle = fs.openSync(this.#at(name), flags, mode);
      try {
        writeAll(handle, bytes, null);
      } finally {
        fs.closeSync(handle);
      }
    });
  }

  /**
   * Gives a file another content in a single write, and makes it where it is missing: for files of
   * the kernel's, which takes each write for a whole and knows no syncing.
   */
  writeAtOnce(name: Name, bytes: Uint8Array, mode = 0o644): void {
    this.#attempt('write', name, () => {
      const handle = fs.openSync(this.#at(name), O_WRONLY | O_CREAT | O_NOFOLLOW, mode);
      try {
        fs.writeSync(handle, bytes);
      } finally {
        fs.closeSync(handle);
      }
    });
  }

  makeFolder(name: Name, mode = 0o755): void {
    this.#attempt('make the folder', name, () => fs.mkdirSync(this.#at(name), { mode }));
  }

  makeLink(name: Name, target: string | Buffer): void {
    this.#attempt('make the link', name, () => fs.symlinkSync(target, this.#at(name)));
  }

  /** A second name for the file `from` of the folder `source`. */
  makeHardLink(source: Folder, from: Name, name: Name): void {
    this.#attempt('link', name, () => fs.linkSync(source.#at(from), this.#at(name)));
  }

  /** Renames within this folder. What has the new name already is replaced atomically. */
  rename(from: Name, to: Name): void {
    this.renameInto(from, this, to);
  }

  /** Renames into another folder of the same file system, replacing atomically. */
  renameInto(from: Name, target: Folder, to: Name): void {
    attempt('rename', target.join(to), () => fs.renameSync(this.#at(from), target.#at(to)));
  }

  removeFile(name: Name): void {
    this.#attempt('remove', name, () => fs.unlinkSync(this.#at(name)));
  }

  removeFolder(name: Name): void {
    this.#attempt('remove', name, () => fs.rmdirSync(this.#at(name)));
  }

  /**
   * Removes a file, a link or a folder with all below it; nothing where there is nothing. What is
   * mounted somewhere below it is another's: then nothing is removed.
   *
   * @returns the bytes of the files whose last name that was
   * @throws GenctlError MOUNT_IN_THE_WAY
   */
  removeTree(name: Name): number {
    const stat = this.stat(name);
    if (stat === undefined) return 0;
    if (stat.kind === 'folder') {
      const [mount] = mountsWithin(readMounts(), `${this.realPath}/${name.toString()}`);
      if (mount !== undefined) throw mountInTheWay(this.join(name), mount.mountPoint);
    }
    return this.#removeTree(name, stat, this.statSelf().device);
  }

  /** @param device the one that must not be left: a mount may come at any time */
  #removeTree(name: Name, stat: FileStat, device: number): number {
    if (stat.kind !== 'folder') {
      this.removeFile(name);
      return stat.kind === 'file' && stat.links === 1 ? stat.sizeBytes : 0;
    }
    if (stat.device !== device) throw mountInTheWay(this.join(name), this.join(name));
    let freedBytes = 0;
    using folder = this.open(name);
    const empty = (): void => {
      for (const inner of folder.rawNamesUnsorted()) {
        const found = folder.stat(inner);
        if (found !== undefined) freedBytes += folder.#removeTree(inner, found, device);
      }
    };
    try {
      empty();
    } catch (thrown) {
      // A store path's folders carry no write bits, which stop everybody but root.
      const isStopped = thrown instanceof GenctlError && thrown.code === 'NOT_ALLOWED';
      if (!isStopped || (stat.mode & 0o700) === 0o700) throw thrown;
      folder.setMode('.', 0o700);
      empty();
    }
    this.removeFolder(name);
    return freedBytes;
  }

  setMode(name: Name, mode: number): void {
    this.#attempt('change the mode of', name, () => fs.chmodSync(this.#at(name), mode));
  }

  setTimes(name: Name, seconds: number): void {
    this.#attempt('change the times of', name, () =>
      fs.lutimesSync(this.#at(name), seconds, seconds),
    );
  }

  setOwner(name: Name, uid: number, gid: number): void {
    this.#attempt('change the owner of', name, () => fs.lchownSync(this.#at(name), uid, gid));
  }

  /** Makes the names in this folder durable (fsync of the folder). */
  sync(): void {
    attempt('sync', this.path, () => {
      const handle = fs.openSync(`${this.handlePath}/.`, O_RDONLY | O_DIRECTORY);
      try {
        fs.fsyncSync(handle);
      } finally {
        fs.closeSync(handle);
      }
    });
  }

  /** Makes the content of one file durable. */
  syncFile(name: Name): void {
    this.#attempt('sync', name, () => {
      const handle = this.#openToRead(name);
      try {
        fs.fsyncSync(handle);
      } finally {
        fs.closeSync(handle);
      }
    });
  }

  /** Size and room of the file system that this folder is on. */
  space(): FileSystemSpace {
    return attempt('measure', this.path, () => {
      const facts = fs.statfsSync(this.handlePath);
      return {
        typeMagic: facts.type,
        clusterBytes: facts.bsize,
        totalBytes: facts.blocks * facts.bsize,
        freeBytes: facts.bavail * facts.bsize,
        freeFiles: facts.ffree,
      };
    });
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    fs.closeSync(this.#handle);
  }

  /** The path of a name in this folder, for messages. */
  join(name: Name): string {
    return `${this.path === '/' ? '' : this.path}/${name.toString()}`;
  }

  /** The number of a closed handle may be another file's by now. */
  #assertOpen(): void {
    if (!this.#open) throw new Error(`${this.path} was closed, and is used again`);
  }

  /** Does something to a name here; the path, for the message, is made only where it fails. */
  #attempt<T>(action: string, name: Name, work: () => T): T {
    this.#assertOpen();
    try {
      return work();
    } catch (thrown) {
      throw fileError(action, this.join(name), thrown);
    }
  }

  #read<T>(name: Name, maxBytes: number, work: (handle: number) => T): T {
    return this.#attempt('read', name, () => {
      const handle = this.#openToRead(name);
      try {
        assertSize(fs.fstatSync(handle).size, maxBytes);
        return work(handle);
      } finally {
        fs.closeSync(handle);
      }
    });
  }

  #writeInPlace(name: Name, write: (handle: number) => void): void {
    this.#attempt('write', name, () => {
      const handle = fs.openSync(this.#at(name), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
      try {
        write(handle);
        fs.fsyncSync(handle);
      } finally {
        fs.closeSync(handle);
      }
    });
  }

  #create(
    name: Name,
    content: Iterable<Uint8Array> | Uint8Array,
    mode: number,
    finish: (handle: number) => void,
  ): void {
    this.#attempt('create', name, () => {
      const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
      const handle = fs.openSync(this.#at(name), flags, mode);
      try {
        for (const piece of content instanceof Uint8Array ? [content] : content) {
          writeAll(handle, piece, null);
        }
        finish(handle);
      } finally {
        fs.closeSync(handle);
      }
    });
  }

  #openToRead(name: Name): number {
    // O_NONBLOCK: a FIFO of that name must not hold us up.
    const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    try {
      // FAT keeps access times as dates, so nearly every look would write to the boot partition.
      return fs.openSync(this.#at(name), flags | O_NOATIME);
    } catch (thrown) {
      // Only a file's owner and root may leave no trace.
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM')) throw thrown;
      return fs.openSync(this.#at(name), flags);
    }
  }

  #at(name: Name): string | Buffer {
    assertOneName(name);
    return typeof name === 'string'
      ? this.#prefix + name
      : Buffer.concat([Buffer.from(this.#prefix), name]);
  }
}

/** A file held open for reading, from its beginning on. */
export class OpenFile implements Disposable {
  readonly path: string;
  readonly #handle: number;

  constructor(handle: number, path: string) {
    this.#handle = handle;
    this.path = path;
  }

  stat(): FileStat {
    return toFileStat(attempt('stat', this.path, () => fs.fstatSync(this.#handle)));
  }

  /** Reads on into a part of a buffer. Gives how many bytes came; 0 at the end of the file. */
  read(into: Uint8Array, offset: number, length: number): number {
    return attempt('read', this.path, () => fs.readSync(this.#handle, into, offset, length, null));
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#handle);
  }
}

/** Order of names by their bytes, the same everywhere, unlike a locale's. */
export function byBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function mountInTheWay(path: string, mountPoint: string): GenctlError {
  return new GenctlError(
    'MOUNT_IN_THE_WAY',
    `cannot remove ${path}: something else is mounted at ${mountPoint}`,
    { hint: `Unmount it: umount ${mountPoint}` },
  );
}

function assertSize(sizeBytes: number, maxBytes: number): void {
  if (sizeBytes <= maxBytes) return;
  throw new RangeError(`it has ${sizeBytes} bytes, more than the ${maxBytes} expected`);
}

function assertOneName(name: Name): void {
  const isOne = name.length > 0 && !name.includes('/') && !name.includes('\0');
  if (!isOne || (name.length === 2 && name.toString() === '..'))
    throw new Error(`not the name of one file: ${JSON.stringify(name.toString())}`);
}

function kindOf(found: fs.Stats | fs.Dirent<string | Buffer>): FileKind {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  return found.isSymbolicLink() ? 'link' : 'other';
}

function toFileStat(stat: fs.Stats): FileStat {
  return {
    kind: kindOf(stat),
    sizeBytes: stat.size,
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    mtimeSeconds: Math.floor(stat.mtimeMs / 1000),
    ctimeMilliseconds: stat.ctimeMs,
    device: stat.dev,
    inode: stat.ino,
    links: stat.nlink,
  };
}

function writeAll(handle: number, bytes: Uint8Array, position: number | null): void {
  let written = 0;
  while (written < bytes.length) {
    const at = position === null ? null : position + written;
    written += fs.writeSync(handle, bytes, written, bytes.length - written, at);
  }
}

function attempt<T>(action: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw fileError(action, path, thrown);
  }
}
