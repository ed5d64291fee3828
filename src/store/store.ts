import type { Finding } from '../errors.ts';
import type { Folder, Name } from '../host/folder.ts';
import type { OsTreeEntry } from './os-tree/os-tree-entry.ts';
import type { StorePath } from './store-path.ts';
import type { Tree } from './tree.ts';

/** Who manages `/nix/store`: genctl itself, or Nix. */
export type StoreKind = 'local' | 'nix';

/**
 * What a store path is named by. `nar`: the hash of its NAR, which knows names, content, links
 * and executable bits. `os-tree`: a hash that covers type, mode, owner, group, extended attributes
 * and link targets too, which an operating-system tree needs (setuid bits, capabilities).
 */
export type PathKind = 'nar' | 'os-tree';

interface CommonInfo {
  path: StorePath;
  /** Store paths that the content mentions, sorted, the path itself included where it does. */
  references: readonly StorePath[];
}

export interface NarPathInfo extends CommonInfo {
  kind: 'nar';
  /** SHA-256 of the NAR, 32 bytes. */
  narHash: Buffer;
  narSizeBytes: number;
  /** As Nix writes it, `fixed:r:sha256:…`; undefined for a path that Nix built from a derivation. */
  contentAddress: string | undefined;
}

export interface OsTreePathInfo extends CommonInfo {
  kind: 'os-tree';
  /** SHA-256 over content and metadata, 32 bytes. */
  treeHash: Buffer;
  /** Of all files, together; one with several names counts as often. */
  sizeBytes: number;
}

export type PathInfo = NarPathInfo | OsTreePathInfo;

/** How large a path is: its NAR, or the files of an operating-system tree, together. */
export function sizeBytesOf(info: PathInfo): number {
  return info.kind === 'nar' ? info.narSizeBytes : info.sizeBytes;
}

export interface AddOptions {
  /**
   * Store paths that the tree may mention. Those whose hash part it does mention become its
   * references. Never "all that the store has": the path would then depend on the machine.
   */
  inputs?: Iterable<StorePath>;
  /**
   * Whether the tree mentions its own path, as `selfPlaceholder(name)`: wherever that stands in
   * a file or a link target, the final path will stand.
   */
  mentionsSelf?: boolean;
}

/** What can be deleted, and what is in doubt. */
export interface Garbage {
  /** Valid paths that no root reaches, in the order in which they can be deleted. */
  paths: Iterable<StorePath>;
  count: number;
  /** The size of their NARs, together. */
  sizeBytes: number;
  /** Names in the store's folder left over from interrupted runs; a collection removes them too. */
  leftovers: string[];
  /** Roots that are missing, and paths whose metadata is missing or damaged: those are kept. */
  findings: Finding[];
}

export interface CollectOptions {
  /** Where so much is enough: the paths that are deleted have this size together, or just above. */
  maxFreedBytes?: number | undefined;
}

/** What a collection did. */
export interface Collected {
  deletedPaths: number;
  /** What the file system got back: files that other paths share stay. */
  freedBytes: number;
  /** As `Garbage`'s, and those of the roots that were read. */
  findings: Finding[];
}

/** What making equal files one has brought. */
export interface Optimised {
  linkedFiles: number;
  savedBytes: number;
}

/** What became of a path that was looked at to be mended. */
export type Repair =
  | { outcome: 'sound' }
  /** What was wrong with it, and is no more. */
  | { outcome: 'mended'; finding: Finding }
  /** What is wrong with it still. */
  | { outcome: 'damaged'; finding: Finding };

/** What refers to what, of a whole store at one moment. */
export interface ReferenceGraph {
  /** What a path refers to, which may be itself; nothing where it is not valid. */
  references(path: StorePath): readonly StorePath[];
  /** Of its NAR, or of an operating-system tree's files; 0 where it is not valid. */
  narSizeBytes(path: StorePath): number;
}

/**
 * A store. Callers hold genctl's lock for everything that changes it; adding is safe beside
 * another process that adds.
 */
export interface Store {
  readonly kind: StoreKind;

  /** Whether a path is valid: complete, registered, in place. */
  has(path: StorePath): Promise<boolean>;

  /** What is known of a valid path; undefined where it is not valid. */
  info(path: StorePath): Promise<PathInfo | undefined>;

  /** All valid paths, sorted. */
  paths(): Promise<StorePath[]>;

  /**
   * Adds a tree and gives its path (`addressOf` computes it without a store). All its references
   * must be valid. Where the path is valid already, nothing is written. Once this returns, the
   * path is durable; a crash at any instant leaves it valid or absent.
   *
   * @param name of the store path, without the hash part (`toStorePathName` makes one)
   * @throws GenctlError REFERENCE_MISSING, FILE_KIND_UNSUPPORTED, FILE_CHANGED,
   *   STORE_PATH_INVALID, STORE_PATH_DAMAGED, NO_SPACE, …
   */
  add(name: string, tree: Tree, options?: AddOptions): Promise<StorePath>;

  /** The second kind of path; undefined where the store can hold none (Nix's never can). */
  readonly osTrees: OsTreeStore | undefined;

  /**
   * The paths and all they refer to, directly or not, sorted.
   *
   * @throws GenctlError STORE_PATH_MISSING where one of them is not valid
   */
  closure(paths: Iterable<StorePath>): Promise<StorePath[]>;

  /** What no root reaches, and no claim of a build under way. Nothing is changed. */
  garbage(roots: Iterable<StorePath>): Promise<Garbage>;

  /**
   * Deletes what neither these roots reach nor those that the machine itself has (`readGcRoots`),
   * and what interrupted runs left over. All is read anew: what has come to be needed since a
   * plan was shown stays.
   */
  collect(roots: Iterable<StorePath>, options?: CollectOptions): Promise<Collected>;

  /** Makes files of equal content and executable bit one. Adding does that by itself already. */
  optimise(): Promise<Optimised>;

  /** What each path refers to, and how large it is. */
  graph(): Promise<ReferenceGraph>;

  /**
   * Reads all of a path and compares, the metadata of its files too where that is the store's own
   * (Nix does not say); undefined where it is as it was when it was added.
   */
  verify(path: StorePath): Promise<Finding | undefined>;

  /**
   * Verifies every path in place, valid or not, and whether what they refer to is there. What is
   * named here `repair` mends, or names as well.
   *
   * @param onPath called before each, where the store tells them one by one
   */
  verifyAll(onPath?: (path: StorePath) => void): Promise<Finding[]>;

  /**
   * Verifies a path, and mends what can be mended from itself: metadata of files, and what is
   * recorded about it. Its content cannot be: `addAnew` puts it in place again.
   */
  repair(path: StorePath): Promise<Repair>;

  /** As `add`, and replaces what is in the path's place where that is damaged. */
  addAnew(name: string, tree: Tree, options?: AddOptions): Promise<StorePath>;
}

/** What an operating-system tree is made from. */
export interface OsTreeOptions {
  /**
   * A valid tree that much of the new one is the same as. Files for which `isSame` says so, by
   * their paths from the top of both, are not read again: they are the base's.
   */
  base?: { path: StorePath; isSame: (path: string) => boolean } | undefined;
}

/** Where operating-system trees are kept. They refer to nothing. */
export interface OsTreeStore {
  /**
   * Adds what is of that name in a folder, with owners, modes and extended attributes; times are
   * dropped. Files that another such tree has are shared with it.
   *
   * @throws GenctlError FILE_KIND_UNSUPPORTED, FILE_CHANGED, TREE_NAME_INVALID, NO_SPACE,
   *   NOT_ALLOWED, PROGRAM_MISSING, STORE_PATH_DAMAGED, …
   */
  add(name: string, folder: Folder, source: Name, options?: OsTreeOptions): Promise<StorePath>;

  /** As `add`, without a base, and replaces what is in the path's place where that is damaged. */
  addAnew(name: string, folder: Folder, source: Name): Promise<StorePath>;

  /**
   * What a valid tree holds, as it was recorded when it was added, sorted by path.
   *
   * @throws GenctlError STORE_PATH_MISSING, OS_TREE_LISTING_INVALID
   */
  listing(path: StorePath): Promise<readonly OsTreeEntry[]>;
}
