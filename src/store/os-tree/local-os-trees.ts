import { GenctlError } from '../../errors.ts';
import { mayChownHint, mayGiveFilesUpTo } from '../../host/effective-user.ts';
import { writeAttributes } from '../../host/extended-attributes.ts';
import type { Folder, Name } from '../../host/folder.ts';
import type { Root } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import { newDraftName } from '../draft-names.ts';
import {
  isValid,
  moveAside,
  putInPlace,
  putNarInfo,
  putWhole,
  refuseDamaged,
} from '../in-place.ts';
import { LocalFolders, narInfoFolder, osTreeFolder } from '../local-folders.ts';
import type { OsTreeOptions, OsTreePathInfo, OsTreeStore, Store } from '../store.ts';
import { baseNameOf, type StorePath, storeFolder } from '../store-path.ts';
import { writeStoreRecord } from '../store-record.ts';
import type { TempRoots } from '../temp-roots.ts';
import { type LaidOsTree, layOsTree, type Place, poolOsTree } from './lay-os-tree.ts';
import { listingInvalid, listingName, osTreePath, renderListing, treeHashOf } from './listing.ts';
import type { OsTreeEntry, OsTreeFile } from './os-tree-entry.ts';
import { OsTreePool } from './os-tree-pool.ts';
import { type FoundEntry, type KnownFile, readOsTree } from './read-os-tree.ts';
import { osTreeInfo, recordedEntries } from './recorded-os-tree.ts';

/** What the store that the trees are in does for all its paths. */
interface WholeStore extends Pick<Store, 'repair'> {
  /** Removes what interrupted runs left over, before something is added. */
  tidy(): void;
}

/** A tree that was looked at, and what follows from what it holds. */
interface ReadTree {
  source: Place;
  found: readonly FoundEntry[];
  listing: Buffer;
  info: OsTreePathInfo;
}

/**
 * The operating-system trees of a local store. Crashes are dealt with as `LocalStore` does: the
 * tree is laid as a draft and made durable, then its listing, then its `.narinfo`, and a rename
 * makes it valid.
 */
export class LocalOsTrees implements OsTreeStore {
  readonly #root: Root;
  readonly #tempRoots: TempRoots;
  readonly #store: WholeStore;

  constructor(root: Root, tempRoots: TempRoots, store: WholeStore) {
    this.#root = root;
    this.#tempRoots = tempRoots;
    this.#store = store;
  }

  async add(
    name: string,
    folder: Folder,
    source: Name,
    { base }: OsTreeOptions = {},
  ): Promise<StorePath> {
    const known = base && this.#knownOf(base);
    const tree = await readTree(name, { folder, name: source }, known);
    this.#tempRoots.claim([tree.info.path]);
    if (!this.#isThere(tree.info.path)) await this.#put(tree, 'refuse', base?.path);
    return tree.info.path;
  }

  async addAnew(name: string, folder: Folder, source: Name): Promise<StorePath> {
    const tree = await readTree(name, { folder, name: source });
    const { path } = tree.info;
    this.#tempRoots.claim([path]);
    const isSound = this.#isThere(path) && (await this.#store.repair(path)).outcome !== 'damaged';
    if (!isSound) await this.#put(tree, 'replace');
    return path;
  }

  async listing(path: StorePath): Promise<readonly OsTreeEntry[]> {
    using folders = new LocalFolders(this.#root);
    const info = folders.validInfo(path);
    if (info === undefined) {
      throw new GenctlError(
        'STORE_PATH_MISSING',
        `cannot list ${path}: the store does not have it`,
      );
    }
    if (info.kind === 'nar') throw listingInvalid(path, 'it is no operating-system tree');
    return recordedEntries(folders, info);
  }

  /** @throws GenctlError NARINFO_NEWER */
  #isThere(path: StorePath): boolean {
    using folders = new LocalFolders(this.#root);
    return isValid(folders, path);
  }

  /** The files of a base; none where what is recorded of it cannot be read. */
  #knownOf({ path, isSame }: NonNullable<OsTreeOptions['base']>): KnownFile {
    this.#tempRoots.claim([path]);
    using folders = new LocalFolders(this.#root);
    const files = new Map<string, OsTreeFile>();
    for (const entry of entriesIfSound(folders, path)) {
      if (entry.kind === 'file') files.set(entry.path, entry);
    }
    return file => {
      const known = files.get(file);
      return known !== undefined && isSame(file) ? known : undefined;
    };
  }

  /** @param basePath the tree that files which were not looked at are linked from */
  async #put(tree: ReadTree, place: 'refuse' | 'replace', basePath?: StorePath): Promise<void> {
    assertMayChown(tree.info.path);
    writeStoreRecord(this.#root, 'local');
    using store = this.#root.folderOrMake(storeFolder);
    this.#store.tidy();
    using pool = new OsTreePool(store);
    const [draft, aside] = [newDraftName(), newDraftName()];
    const { info, listing, found, source } = tree;
    const target = { folder: store, name: draft };
    const base = basePath && { folder: store, name: baseNameOf(basePath) };
    const sync = async (): Promise<void> => {
      await run('sync', ['-f', this.#root.onHost(storeFolder)]);
    };
    try {
      const laid: LaidOsTree = layOsTree(found, source, target, { base, pool });
      await writeAttributes(`${store.realPath}/${draft}`, laid.attributes);
      await sync();
      poolOsTree(target, pool, laid.fresh);
      const finished = {
        path: info.path,
        draft,
        isSame: (name: string) => holds(store, name, listing),
        sync,
        record: () => {
          this.#putListing(info.path, listing);
          using narInfos = this.#root.folderOrMake(narInfoFolder);
          putNarInfo(narInfos, { info, others: [] });
        },
      };
      await putInPlace(store, finished, place === 'replace' ? moveAside(aside) : refuseDamaged);
    } finally {
      store.removeTree(draft);
      store.removeTree(aside);
    }
  }

  #putListing(path: StorePath, listing: Buffer): void {
    using listings = this.#root.folderOrMake(osTreeFolder);
    putWhole(listings, listingName(path), listing);
  }
}

async function readTree(name: string, source: Place, known?: KnownFile): Promise<ReadTree> {
  const found = await readOsTree(source.folder, source.name, known);
  const entries = found.map(({ entry }) => entry);
  const listing = renderListing(entries);
  const treeHash = treeHashOf(listing);
  const info = osTreeInfo(osTreePath(name, treeHash), treeHash, entries);
  return { source, found, listing, info };
}

/** Whether a tree in the store's folder is the one of a listing. */
async function holds(store: Folder, name: string, listing: Buffer): Promise<boolean> {
  try {
    const found = await readOsTree(store, name);
    return renderListing(found.map(({ entry }) => entry)).equals(listing);
  } catch (thrown) {
    const odd = ['FILE_KIND_UNSUPPORTED', 'TREE_NAME_INVALID', 'IO_ERROR'];
    if (thrown instanceof GenctlError && odd.includes(thrown.code)) return false;
    throw thrown;
  }
}

function entriesIfSound(folders: LocalFolders, path: StorePath): readonly OsTreeEntry[] {
  const info = folders.validInfo(path);
  if (info?.kind !== 'os-tree') return [];
  try {
    return recordedEntries(folders, info);
  } catch (thrown) {
    if (thrown instanceof GenctlError && thrown.code === 'OS_TREE_LISTING_INVALID') return [];
    throw thrown;
  }
}

function assertMayChown(path: StorePath): void {
  if (mayGiveFilesUpTo(0)) return;
  throw new GenctlError(
    'NOT_ALLOWED',
    `cannot add ${path}: its files have owners, and only root can give files to others`,
    { hint: mayChownHint() },
  );
}
