import { type Finding, GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import type { CompactGraph, Marks } from './compact-graph.ts';
import { DraftNames } from './draft-names.ts';
import type { LocalFolders } from './local-folders.ts';
import { listingSuffix } from './os-tree/listing.ts';
import { removeTrees } from './remove-trees.ts';
import { baseNameOf, hashPartLength, hashPartOf, storeFolder } from './store-path.ts';
import { readClaims } from './temp-roots.ts';

/** So many are renamed away before the claims are read again: a claimed path is back soon. */
const batchSize = 64;

/** What is wrong with the file system, not with one path of it. */
const failsForAll = ['READ_ONLY', 'NO_SPACE', 'IO_ERROR'];

/** What is recorded about paths, a file each in a folder of their own. */
interface Records {
  folder: Folder;
  suffix: string;
  /** Whether what is before the suffix is a path's name in the store's folder, or its hash part. */
  namedBy: 'base name' | 'hash part';
}

/** What a sweep did. */
export interface Swept {
  deletedPaths: number;
  /** The bytes of files whose last name was removed. */
  freedBytes: number;
  /** Paths that could not be deleted: those are kept, with all they refer to. */
  findings: Finding[];
}

/**
 * Deletes paths of a local store while others read and add.
 *
 * 1. Each path is renamed to a draft's name, each before all it refers to: a rename is the one
 *    instant at which a path ceases to be valid, so no instant leaves a valid path whose
 *    references are gone. What a build under way claims is left, or renamed back (`temp-roots.ts`).
 * 2. These names are made durable, all by one sync.
 * 3. The trees are removed, which takes longest: who has a file open reads on.
 * 4. Beside that, what is recorded about paths that are not in place (`.narinfo` files, listings of
 *    operating-system trees) is renamed away, looked after as the paths were, and removed.
 *
 * Whatever instant it is killed at, what it leaves over are drafts and records of paths that are
 * not there; the next sweep removes them.
 */
export class Sweep {
  readonly #root: Root;
  readonly #folders: LocalFolders;
  readonly #graph: CompactGraph;
  readonly #names = new DraftNames();
  readonly #recordNames = new DraftNames();
  /** 1 for each path that is renamed away. */
  readonly #isAway: Marks;
  /** 1 for each path that is claimed or cannot be renamed, or that such a one refers to. */
  readonly #isSpared: Marks;
  readonly #findings: Finding[] = [];
  /** The hash parts of all claims seen so far. */
  readonly #claimed = new Set<string>();

  constructor(root: Root, folders: LocalFolders, graph: CompactGraph) {
    this.#root = root;
    this.#folders = folders;
    this.#graph = graph;
    this.#isAway = new Uint8Array(graph.paths.count);
    this.#isSpared = new Uint8Array(graph.paths.count);
  }

  /** @param order paths that nothing else refers to, each before all it refers to */
  async run(order: Uint32Array): Promise<Swept> {
    const { store, narInfos, listings } = this.#folders;
    if (store === undefined) return { deletedPaths: 0, freedBytes: 0, findings: [] };
    this.#spareClaimed(store);
    for (let start = 0; start < order.length; start += batchSize) {
      try {
        for (const number of order.subarray(start, start + batchSize)) this.#putAway(store, number);
      } finally {
        this.#spareClaimed(store);
      }
    }
    if (order.length > 0) store.sync();
    const away = order.filter(number => this.#isAway[number] === 1);
    const drafts = Array.from(away, number => this.#names.numbered(number));
    const [{ freedBytes, findings }] = await Promise.all([
      removeTrees(store, this.#root.onHost(storeFolder), drafts),
      narInfos &&
        this.#removeRecords(store, {
          folder: narInfos,
          suffix: '.narinfo',
          namedBy: 'hash part',
        }),
      listings &&
        this.#removeRecords(store, {
          folder: listings,
          suffix: listingSuffix,
          namedBy: 'base name',
        }),
    ]);
    return { deletedPaths: away.length, freedBytes, findings: [...this.#findings, ...findings] };
  }

  #putAway(store: Folder, number: number): void {
    if (this.#isSpared[number] === 1) return;
    try {
      store.rename(this.#graph.paths.baseName(number), this.#names.numbered(number));
      this.#isAway[number] = 1;
    } catch (thrown) {
      if (!(thrown instanceof GenctlError) || failsForAll.includes(thrown.code)) throw thrown;
      this.#keep(number, thrown.message);
    }
  }

  /** Keeps a path that cannot go, with all it refers to: none of that is renamed before it. */
  #keep(number: number, reason: string): void {
    this.#spare(this.#graph.mark([number]));
    const subject = this.#graph.paths.path(number);
    this.#findings.push({
      code: 'STORE_PATH_STUCK',
      subject,
      reason: `nothing needs it, and it cannot be deleted: ${reason}`,
    });
  }

  #spare(needed: Marks): void {
    for (const [number, isNeeded] of needed.entries()) {
      if (isNeeded === 1) this.#isSpared[number] = 1;
    }
  }

  /** Spares what is newly claimed, and takes back what of it is away. */
  #spareClaimed(store: Folder): void {
    const added = this.#readClaims();
    if (added.length === 0) return;
    const needed = this.#graph.mark(added);
    this.#spare(needed);
    this.#takeBack(store, needed);
  }

  /** Reads the claims, and gives the numbers of paths that are newly claimed. */
  #readClaims(): number[] {
    const added: number[] = [];
    for (const { path } of readClaims(this.#root)) {
      const hashPart = hashPartOf(path);
      if (this.#claimed.has(hashPart)) continue;
      this.#claimed.add(hashPart);
      const number = this.#graph.paths.numberOf(baseNameOf(path));
      if (number !== undefined) added.push(number);
    }
    return added;
  }

  /** References first, so that none is missing when a path is valid again. */
  #takeBack(store: Folder, needed: Marks): void {
    const others = needed.map(isNeeded => 1 - isNeeded);
    for (const number of this.#graph.deletionOrder(others).toReversed()) {
      if (this.#isAway[number] !== 1) continue;
      const name = this.#graph.paths.baseName(number);
      // Where the builder has added it anew already, the draft stays one and goes.
      if (isThere(() => store.rename(this.#names.numbered(number), name))) continue;
      this.#isAway[number] = 0;
    }
  }

  /** All whose path is not in place, whoever left them. */
  async #removeRecords(store: Folder, records: Records): Promise<void> {
    const batch: Recorded[] = [];
    for (const name of records.folder.namesUnsorted()) {
      if (!name.endsWith(records.suffix)) continue;
      const stem = name.slice(0, -records.suffix.length);
      const { paths } = this.#graph;
      const number =
        records.namedBy === 'hash part' ? paths.numberOfHashPart(stem) : paths.numberOf(stem);
      if (number !== undefined && this.#isAway[number] !== 1) continue;
      batch.push({ name, number });
      if (batch.length < batchSize) continue;
      this.#removeBatch(store, records, batch.splice(0));
      await otherWork();
    }
    this.#removeBatch(store, records, batch);
  }

  /**
   * A builder that wrote one of these before it was renamed away has either claimed its path still,
   * or has finished, so that the path is in place. One that claims it later writes it anew, and
   * has seen that the path was missing: nothing is taken back for it any more.
   */
  #removeBatch(store: Folder, records: Records, batch: readonly Recorded[]): void {
    const { folder } = records;
    const isNeeded = (recorded: Recorded, file: string): boolean => {
      const hashPart = recorded.name.slice(0, hashPartLength);
      const baseName = this.#baseName(records, recorded, file);
      // One that is not about the path it is named by is nobody's.
      const isOwn = baseName?.startsWith(hashPart) === true;
      return this.#claimed.has(hashPart) || (isOwn && store.stat(baseName) !== undefined);
    };
    this.#readClaims();
    const away: (Recorded & { draft: string })[] = [];
    for (const recorded of batch) {
      const isClaimed = this.#claimed.has(recorded.name.slice(0, hashPartLength));
      // A path that we renamed away is not looked for before; one that came meanwhile is.
      if (isClaimed || (recorded.number === undefined && isNeeded(recorded, recorded.name))) {
        continue;
      }
      const draft = this.#recordNames.next();
      // Its name may be none that text can hold.
      ifThere(() => {
        folder.rename(recorded.name, draft);
        away.push({ ...recorded, draft });
      });
    }
    this.#readClaims();
    for (const recorded of away) {
      if (isNeeded(recorded, recorded.draft)) folder.rename(recorded.draft, recorded.name);
      else folder.removeFile(recorded.draft);
    }
  }

  #baseName(records: Records, { name, number }: Recorded, file: string): string | undefined {
    if (number !== undefined) return this.#graph.paths.baseName(number);
    if (records.namedBy === 'base name') return name.slice(0, -records.suffix.length);
    const text = records.folder.readTextIfThere(file) ?? '';
    return /^StorePath: \/nix\/store\/([^/\n]+)$/m.exec(text)?.[1];
  }
}

/** Lets what goes on beside come to its turn. */
async function otherWork(): Promise<void> {
  await new Promise(resolve => {
    setImmediate(resolve);
  });
}

/** One of the records. */
interface Recorded {
  name: string;
  /** The path that it is of, where that was in place. */
  number: number | undefined;
}

/** Whether a rename met something of the new name that it does not replace. */
function isThere(rename: () => void): boolean {
  try {
    rename();
    return false;
  } catch (thrown) {
    const codes = ['FOLDER_NOT_EMPTY', 'FILE_EXISTS', 'NOT_A_FOLDER', 'IS_A_FOLDER'];
    if (thrown instanceof GenctlError && codes.includes(thrown.code)) return true;
    throw thrown;
  }
}
