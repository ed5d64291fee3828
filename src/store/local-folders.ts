import { type Finding, GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { type NarReading, readNar } from './address.ts';
import { damaged } from './damage.ts';
import { narOf } from './nar.ts';
import { type NarInfo, narInfoName, parseNarInfo } from './narinfo.ts';
import { listingName } from './os-tree/listing.ts';
import { type QuickNarInfo, quickNarInfo } from './quick-narinfo.ts';
import type { ReferenceCandidates } from './references.ts';
import { type PathInfo, sizeBytesOf } from './store.ts';
import {
  baseNameOf,
  hashPartLength,
  hashPartOf,
  isStorePath,
  type StorePath,
  storeFolder,
} from './store-path.ts';
import { stateFolder } from './store-record.ts';
import { copyOf } from './tree.ts';

/** One `.narinfo` a path. */
export const narInfoFolder = `${stateFolder}/narinfo`;

/** One listing an operating-system tree, `NAME.listing` by the path's name in the store's folder. */
export const osTreeFolder = `${stateFolder}/os-trees`;

/** Something that is no file, or none of ours. What the disk itself cannot read goes on up. */
const isOdd = ['IS_A_FOLDER', 'LINK_IN_THE_WAY', 'PATH_IMPOSSIBLE', 'FILE_FAILED'];

/** A tree of 10,000 files has 1.5 MB. */
const maxListingBytes = 1 << 30;

/** For one `.narinfo` at a time; none is larger. */
const buffer = Buffer.allocUnsafe(1 << 20);

/** A local store's folders, held open for one piece of work. Each may be missing. */
export class LocalFolders implements Disposable {
  readonly store: Folder | undefined;
  readonly narInfos: Folder | undefined;
  /** What operating-system trees hold. */
  readonly listings: Folder | undefined;

  constructor(root: Root) {
    this.store = root.folderIfThere(storeFolder);
    this.narInfos = root.folderIfThere(narInfoFolder);
    this.listings = root.folderIfThere(osTreeFolder);
  }

  /** The store paths in the store's folder, valid or not, sorted. */
  inPlace(): StorePath[] {
    return [...this.inPlaceUnsorted()].toSorted();
  }

  /** The same one by one, however many there are. */
  *inPlaceUnsorted(): Generator<StorePath, void, undefined> {
    for (const name of this.store?.namesUnsorted() ?? []) {
      const path = `${storeFolder}/${name}`;
      if (isStorePath(path)) yield path;
    }
  }

  validInfo(path: StorePath): PathInfo | undefined {
    const looked = this.look(path);
    return looked !== undefined && 'info' in looked ? looked.info : undefined;
  }

  /** A path in place: its metadata, or what is wrong with that. */
  look(path: StorePath): NarInfo | Finding | undefined {
    if (this.store?.stat(baseNameOf(path)) === undefined) return undefined;
    return this.#parsed(path, this.#readNarInfo(hashPartOf(path)));
  }

  /** What the collector needs of a path that is in place, or what is wrong with its metadata. */
  quickLook(baseName: string): QuickNarInfo | Finding {
    const bytes = this.#readNarInfo(baseName.slice(0, hashPartLength));
    if (typeof bytes === 'number') {
      // Nothing but ASCII is as genctl writes it.
      const quick = quickNarInfo(buffer.toString('latin1', 0, bytes));
      if (quick?.baseName === baseName) return quick;
    }
    const path = `${storeFolder}/${baseName}` as StorePath;
    const parsed = this.#parsed(path, bytes);
    if (!('info' in parsed)) return parsed;
    const references = parsed.info.references.map(baseNameOf);
    return { baseName, references, narSizeBytes: sizeBytesOf(parsed.info) };
  }

  /**
   * Whether a path in place is an operating-system tree, or may be one: whose metadata is damaged
   * still has its listing.
   */
  holdsOsTree(path: StorePath): boolean {
    return (
      this.validInfo(path)?.kind === 'os-tree' ||
      this.listings?.stat(listingName(path)) !== undefined
    );
  }

  /** What is recorded of the content of a tree; undefined where nothing can be read. */
  readListing(path: StorePath): Buffer | undefined {
    try {
      return this.listings?.readFileIfThere(listingName(path), maxListingBytes);
    } catch (thrown) {
      if (thrown instanceof GenctlError && isOdd.includes(thrown.code)) return undefined;
      throw thrown;
    }
  }

  /** Reads all of a path in place, as a NAR. */
  read(path: StorePath, candidates: Iterable<StorePath> | ReferenceCandidates): NarReading {
    if (this.store === undefined) throw new Error(`${path} is not in place`);
    return readNar(narOf(copyOf(this.store, baseNameOf(path))), candidates, undefined);
  }

  [Symbol.dispose](): void {
    this.store?.[Symbol.dispose]();
    this.narInfos?.[Symbol.dispose]();
    this.listings?.[Symbol.dispose]();
  }

  /** Reads a `.narinfo` into the buffer: how many bytes it has, or why there are none. */
  #readNarInfo(hashPart: string): number | GenctlError | undefined {
    try {
      return this.narInfos?.readInto(`${hashPart}.narinfo`, buffer);
    } catch (thrown) {
      if (thrown instanceof GenctlError && isOdd.includes(thrown.code)) return thrown;
      throw thrown;
    }
  }

  #parsed(path: StorePath, read: number | GenctlError | undefined): NarInfo | Finding {
    if (typeof read === 'number') return parse(path, buffer.toString('utf8', 0, read));
    if (read !== undefined) return damaged(path, read.message, 'NARINFO_INVALID');
    return damaged(path, 'nothing is recorded about it', 'STORE_PATH_UNKNOWN');
  }
}

function parse(path: StorePath, text: string): NarInfo | Finding {
  const subject = `${narInfoFolder}/${narInfoName(path)}`;
  try {
    const read = parseNarInfo(text, subject);
    if (read.info.path === path) return read;
    return damaged(path, `${subject} is about ${read.info.path}`, 'NARINFO_INVALID');
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return damaged(path, thrown.message, thrown.code);
  }
}
