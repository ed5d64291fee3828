import { type Finding, GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { run } from '../host/run.ts';
import { type Address, addressOf, narInfoOf, readNar } from './address.ts';
import { missing } from './damage.ts';
import { isDraft, isStaleDraft, newDraftName } from './draft-names.ts';
import { flawOf } from './examine.ts';
import { readGcRoots } from './gc-roots.ts';
import {
  type FinishedDraft,
  isValid,
  moveAside,
  putInPlace,
  putNarInfo,
  putWhole,
  refuseDamaged,
} from './in-place.ts';
import { type Laid, layTree, poolTree, syncTree } from './lay-tree.ts';
import { LinkPool } from './link-pool.ts';
import { LocalFolders, narInfoFolder, osTreeFolder } from './local-folders.ts';
import { lostReferences } from './lost-references.ts';
import { narOf } from './nar.ts';
import { Optimisation } from './optimise.ts';
import { listingName } from './os-tree/listing.ts';
import { LocalOsTrees } from './os-tree/local-os-trees.ts';
import { OsTreePool } from './os-tree/os-tree-pool.ts';
import { reachable } from './reference-graph.ts';
import { repairPath } from './repair.ts';
import { placeholderHashPart } from './self-reference.ts';
import { removeStaleDrafts } from './stale-drafts.ts';
import type {
  AddOptions,
  Collected,
  CollectOptions,
  Garbage,
  NarPathInfo,
  Optimised,
  OsTreeStore,
  PathInfo,
  ReferenceGraph,
  Repair,
  Store,
} from './store.ts';
import { baseNameOf, hashPartOf, type StorePath, storeFolder } from './store-path.ts';
import { stateFolder, writeStoreRecord } from './store-record.ts';
import { type Survey, surveyOf } from './survey.ts';
import { Sweep } from './sweep.ts';
import { readClaims, removeStaleClaims, TempRoots } from './temp-roots.ts';
import { copyOf, type Tree } from './tree.ts';

const missingCode = 'STORE_PATH_MISSING';

/** How often a builder looks whether a collector is done, 20 ms apart. */
const looksAtCollector = 50;

/** Up to so many files are synced one by one; beyond, one sync of the file system is cheaper. */
const fewFiles = 32;

/**
 * The store that genctl manages itself, without Nix: Nix's layout, names and metadata of files, so
 * that Nix can adopt it, and metadata of paths in `.narinfo` files.
 *
 * A path is valid when it is in place and its `.narinfo` can be read. The `.narinfo` is made
 * durable first; the rename of the finished tree to its store path is the one instant at which a
 * path becomes valid, and a rename away from it the one at which it ceases to be. So after a crash
 * anything in place is complete, and all that can be left over is a draft, or a `.narinfo` of a
 * path that is not there: harmless, as the next add writes the same again. The other order would
 * leave complete paths that nobody knows of.
 */
export class LocalStore implements Store {
  readonly kind = 'local';
  readonly osTrees: OsTreeStore;
  readonly #root: Root;
  readonly #tempRoots: TempRoots;
  /** Looking through a large store takes longer than adding to it: once is enough. */
  #isTidy = false;

  constructor(root: Root) {
    this.#root = root;
    this.#tempRoots = new TempRoots(root);
    this.osTrees = new LocalOsTrees(root, this.#tempRoots, {
      tidy: () => this.#tidy(),
      repair: path => this.repair(path),
    });
  }

  has(path: StorePath): Promise<boolean> {
    return promiseOf(() => {
      using folders = new LocalFolders(this.#root);
      return folders.validInfo(path) !== undefined;
    });
  }

  info(path: StorePath): Promise<PathInfo | undefined> {
    return promiseOf(() => {
      using folders = new LocalFolders(this.#root);
      return folders.validInfo(path);
    });
  }

  paths(): Promise<StorePath[]> {
    return promiseOf(() => {
      using folders = new LocalFolders(this.#root);
      return folders.inPlace().filter(path => folders.validInfo(path) !== undefined);
    });
  }

  async add(name: string, tree: Tree, options: AddOptions = {}): Promise<StorePath> {
    const address = addressOf(name, tree, options);
    this.#tempRoots.claim([address.path, ...address.references.others]);
    if (!(await this.#isThere(address))) await this.#put(tree, address, 'refuse');
    return address.path;
  }

  async addAnew(name: string, tree: Tree, options: AddOptions = {}): Promise<StorePath> {
    const address = addressOf(name, tree, options);
    this.#tempRoots.claim([address.path, ...address.references.others]);
    const isThere = await this.#isThere(address);
    if (isThere && (await this.repair(address.path)).outcome !== 'damaged') return address.path;
    await this.#put(tree, address, 'replace');
    return address.path;
  }

  closure(paths: Iterable<StorePath>): Promise<StorePath[]> {
    return promiseOf(() => {
      using folders = new LocalFolders(this.#root);
      const found = reachable(paths, path => {
        const looked = folders.look(path);
        if (looked !== undefined && 'info' in looked) return looked.info.references;
        throw new GenctlError(
          missingCode,
          `cannot use ${path}: ${(looked ?? missing(path)).reason}`,
        );
      });
      return [...found].toSorted();
    });
  }

  garbage(roots: Iterable<StorePath>): Promise<Garbage> {
    return promiseOf(() => {
      using folders = new LocalFolders(this.#root);
      const { survey, order, sizeBytes } = this.#dead(folders, roots);
      return {
        paths: { [Symbol.iterator]: () => survey.graph.pathsOf(order) },
        count: order.length,
        sizeBytes,
        leftovers: this.#staleDrafts(),
        findings: survey.findings,
      };
    });
  }

  async collect(
    roots: Iterable<StorePath>,
    { maxFreedBytes }: CollectOptions = {},
  ): Promise<Collected> {
    removeStaleClaims(this.#root);
    const leftovers = this.#removeStaleDrafts();
    const machine = readGcRoots(this.#root);
    if (machine.unclear.length > 0) {
      const findings = [...leftovers, ...machine.findings, ...machine.unclear];
      return { deletedPaths: 0, freedBytes: 0, findings };
    }
    const all = new Set([...roots, ...machine.roots.map(({ storePath }) => storePath)]);
    using folders = new LocalFolders(this.#root);
    const { survey, order } = this.#dead(folders, all, maxFreedBytes);
    const swept = await new Sweep(this.#root, folders, survey.graph).run(order);
    using pool = folders.store && LinkPool.ifThere(folders.store);
    using osTreePool = folders.store && OsTreePool.ifThere(folders.store);
    const freedBytes = swept.freedBytes + (pool?.prune() ?? 0) + (osTreePool?.prune() ?? 0);
    const findings = [...leftovers, ...machine.findings, ...survey.findings, ...swept.findings];
    return { deletedPaths: swept.deletedPaths, freedBytes, findings };
  }

  optimise(): Promise<Optimised> {
    return promiseOf(() => {
      this.#removeStaleDrafts();
      using folders = new LocalFolders(this.#root);
      if (folders.store === undefined) return { linkedFiles: 0, savedBytes: 0 };
      using pool = new LinkPool(folders.store);
      const optimisation = new Optimisation(pool);
      for (const path of folders.inPlace()) {
        // Owners and other modes would be lost; those trees share their files by themselves.
        if (folders.holdsOsTree(path)) continue;
        optimisation.visit(folders.store, baseNameOf(path));
      }
      return optimisation.done;
    });
  }

  graph(): Promise<ReferenceGraph> {
    return promiseOf(() => {
      using folders = new LocalFolders(this.#root);
      const { graph } = surveyOf(folders);
      return {
        references(path) {
          const number = graph.paths.numberOf(baseNameOf(path));
          return number === undefined ? [] : [...graph.pathsOf(graph.referencesOf(number))];
        },
        narSizeBytes(path) {
          const number = graph.paths.numberOf(baseNameOf(path));
          return number === undefined ? 0 : graph.narSizeBytes(number);
        },
      };
    });
  }

  async verify(path: StorePath): Promise<Finding | undefined> {
    using folders = new LocalFolders(this.#root);
    return (await flawOf(folders, path))?.finding;
  }

  async verifyAll(onPath?: (path: StorePath) => void): Promise<Finding[]> {
    using folders = new LocalFolders(this.#root);
    const findings: Finding[] = [];
    const paths = folders.inPlace();
    for (const path of paths) {
      onPath?.(path);
      const finding = (await flawOf(folders, path))?.finding;
      // Nobody is hurt by one that is gone, unless another needs it.
      if (finding !== undefined && finding.code !== missingCode) findings.push(finding);
    }
    return [...findings, ...lostReferences(folders, paths)];
  }

  async repair(path: StorePath): Promise<Repair> {
    this.#removeStaleDrafts();
    using folders = new LocalFolders(this.#root);
    return await repairPath(folders, path, ({ narInfo, listing }) => {
      if (listing !== undefined) {
        using listings = this.#root.folderOrMake(osTreeFolder);
        putWhole(listings, listingName(path), listing);
      }
      using narInfos = this.#root.folderOrMake(narInfoFolder);
      putNarInfo(narInfos, narInfo);
    });
  }

  /** @throws GenctlError REFERENCE_MISSING, NARINFO_NEWER */
  async #isThere({ path, references }: Address): Promise<boolean> {
    using folders = new LocalFolders(this.#root);
    for (const reference of references.others) {
      let finding = lackOf(folders, reference);
      // A collector may have it in its hand for a moment, until it reads our claim.
      for (let left = looksAtCollector; finding !== undefined && left > 0; left--) {
        const isSwept = this.#isSwept();
        finding = lackOf(folders, reference);
        if (finding === undefined || !isSwept) break;
        await briefly();
      }
      if (finding === undefined) continue;
      throw new GenctlError(
        'REFERENCE_MISSING',
        `cannot add ${path}: it refers to ${reference}: ${finding.reason}`,
      );
    }
    return isValid(folders, path);
  }

  /** @param place what to do where something else is in the path's place */
  async #put(tree: Tree, address: Address, place: 'refuse' | 'replace'): Promise<void> {
    writeStoreRecord(this.#root, this.kind);
    using store = this.#root.folderOrMake(storeFolder);
    using narInfos = this.#root.folderOrMake(narInfoFolder);
    this.#tidy();
    using pool = new LinkPool(store);
    const [draft, aside] = [newDraftName(), newDraftName()];
    try {
      const { info, laid } = this.#draft(store, draft, tree, address, pool);
      await this.#sync(store, draft, laid);
      poolTree(store, draft, pool, laid);
      const finished: FinishedDraft = {
        path: info.path,
        draft,
        isSame: name => isSame(store, name, info),
        sync: name => syncTree(store, name),
        record: () => putNarInfo(narInfos, { info, others: [] }),
      };
      await putInPlace(store, finished, place === 'replace' ? moveAside(aside) : refuseDamaged);
    } finally {
      store.removeTree(draft);
      store.removeTree(aside);
    }
  }

  /** Writes a tree as a draft, and reads it back. */
  #draft(
    store: Folder,
    draft: string,
    tree: Tree,
    address: Address,
    pool: LinkPool,
  ): { info: NarPathInfo; laid: Laid } {
    const { path, references, sha256 } = address;
    const hashPart = hashPartOf(path);
    const change = references.self ? { from: placeholderHashPart, to: hashPart } : undefined;
    let laid = layTree(tree, store, draft, { change, pool });
    for (;;) {
      const own = references.self ? hashPart : undefined;
      const written = readNar(narOf(copyOf(store, draft)), [], own);
      if ((written.moduloSha256 ?? written.narSha256).equals(sha256)) {
        return { info: narInfoOf(address, written), laid };
      }
      // What was read to find the path and what was read to copy must be the same.
      if (laid.shared.length === 0) {
        throw new GenctlError(
          'FILE_CHANGED',
          `cannot add ${path}: its content changed while it was added`,
          { hint: 'Try again when nothing writes into it.' },
        );
      }
      // Or a file that others hold too is damaged; those are found by `verify`.
      pool.dropDamaged(laid.shared);
      store.removeTree(draft);
      laid = layTree(tree, store, draft, { change });
    }
  }

  async #sync(store: Folder, draft: string, { made }: Laid): Promise<void> {
    if (made <= fewFiles) syncTree(store, draft);
    else await run('sync', ['-f', this.#root.onHost(storeFolder)]);
  }

  /** What neither some roots nor the claims of builds under way reach. */
  #dead(
    folders: LocalFolders,
    roots: Iterable<StorePath>,
    maxBytes = Number.POSITIVE_INFINITY,
  ): Dead {
    const survey = surveyOf(folders);
    const { graph } = survey;
    const kept = [...survey.doubtful];
    for (const root of roots) {
      const number = graph.paths.numberOf(baseNameOf(root));
      if (number === undefined) survey.findings.push(missing(root));
      else kept.push(number);
    }
    for (const { path } of readClaims(this.#root)) {
      const number = graph.paths.numberOf(baseNameOf(path));
      if (number !== undefined) kept.push(number);
    }
    const isKnown = survey.unknown.length === 0;
    const order = isKnown ? graph.deletionOrder(graph.mark(kept)) : new Uint32Array(0);
    let [count, sizeBytes] = [0, 0];
    for (; count < order.length && sizeBytes < maxBytes; count++) {
      sizeBytes += graph.narSizeBytes(order[count] as number);
    }
    return { survey, order: order.subarray(0, count), sizeBytes };
  }

  /** Whether somebody is renaming paths away at this time, or may be. */
  #isSwept(): boolean {
    return [storeFolder, narInfoFolder].some(path => {
      using folder = this.#root.folderIfThere(path);
      return folder?.names().some(isDraft) === true;
    });
  }

  #tidy(): void {
    if (!this.#isTidy) this.#removeStaleDrafts();
    this.#isTidy = true;
  }

  #removeStaleDrafts(): Finding[] {
    return [storeFolder, narInfoFolder, osTreeFolder, stateFolder].flatMap(path => {
      using folder = this.#root.folderIfThere(path);
      return folder === undefined ? [] : removeStaleDrafts(folder);
    });
  }

  #staleDrafts(): string[] {
    using store = this.#root.folderIfThere(storeFolder);
    return [...(store?.namesUnsorted() ?? [])].filter(isStaleDraft).toSorted();
  }
}

interface Dead {
  survey: Survey;
  order: Uint32Array;
  /** The size of their NARs, together. */
  sizeBytes: number;
}

/** Why a path is not valid; undefined where it is. */
function lackOf(folders: LocalFolders, path: StorePath): Finding | undefined {
  const looked = folders.look(path);
  if (looked === undefined) return missing(path);
  return 'info' in looked ? undefined : looked;
}

async function briefly(): Promise<void> {
  await new Promise(resolve => {
    setTimeout(resolve, 20);
  });
}

/** Whether what is of a name in the store's folder has the content of a path. */
function isSame(store: Folder, name: string, { narHash }: NarPathInfo): boolean {
  const tree = narOf(copyOf(store, name));
  const odd = ['FILE_KIND_UNSUPPORTED', 'IO_ERROR'];
  return ifThere(() => readNar(tree, [], undefined).narSha256.equals(narHash), odd) ?? false;
}

/** Runs work that is synchronous here, in a store where it needs not be. */
async function promiseOf<T>(work: () => T): Promise<T> {
  return work();
}
