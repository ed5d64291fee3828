import type { Finding } from '../errors.ts';
import type { Folder, Name } from '../host/folder.ts';
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
  sizeBytes: number;
}

export type PathInfo = NarPathInfo | OsTreePathInfo;

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
  paths: StorePath[];
  /** The size of their NARs, together. */
  sizeBytes: number;
  /** Names in the store's folder left over from interrupted runs; `delete` removes them too. */
  leftovers: string[];
  /** Roots that are missing, and paths whose metadata is missing or damaged: those are kept. */
  findings: Finding[];
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

  /** What no root reaches. Nothing is changed. */
  garbage(roots: Iterable<StorePath>): Promise<Garbage>;

  /**
   * Deletes paths, and what interrupted runs left over. A path that is not there is passed over.
   *
   * @throws GenctlError STORE_PATH_IN_USE where another valid path refers to one of them
   */
  delete(paths: Iterable<StorePath>): Promise<void>;

  /** Reads all of a path and compares; undefined where it is as it was when it was added. */
  verify(path: StorePath): Promise<Finding | undefined>;
}

/** Where operating-system trees are kept. */
export interface OsTreeStore {
  /** Adds what is of that name in a folder of the store's file system, with all its metadata. */
  add(name: string, folder: Folder, source: Name, options?: AddOptions): Promise<StorePath>;
}
