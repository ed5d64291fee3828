import { type Finding, GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { run } from '../host/run.ts';
import { type Address, addressOf, type NarReading, narInfoOf, readNar } from './address.ts';
import { isStaleDraft, newDraftName } from './draft-names.ts';
import { layTree, syncTree } from './lay-tree.ts';
import { narOf } from './nar.ts';
import { type NarInfo, narInfoName, parseNarInfo, renderNarInfo } from './narinfo.ts';
import { deletionOrder, reachable } from './reference-graph.ts';
import { placeholderHashPart } from './self-reference.ts';
import type { AddOptions, Garbage, NarPathInfo, Store } from './store.ts';
import { baseNameOf, hashPartOf, isStorePath, type StorePath, storeFolder } from './store-path.ts';
import { stateFolder, writeStoreRecord } from './store-record.ts';
import { copyOf, type Tree } from './tree.ts';

/** One `.narinfo` a path. */
export const narInfoFolder = `${stateFolder}/narinfo`;

const newerCode = 'NARINFO_NEWER';

const narInfoMaxBytes = 1 << 20;

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
  /** Comes with the Debian builder. */
  readonly osTrees = undefined;
  readonly #root: Root;

  constructor(root: Root) {
    this.#root = root;
  }

  has(path: StorePath): Promise<boolean> {
    return promiseOf(() => {
      using folders = new Folders(this.#root);
      return folders.validInfo(path) !== undefined;
    });
  }

  info(path: StorePath): Promise<NarPathInfo | undefined> {
    return promiseOf(() => {
      using folders = new Folders(this.#root);
      return folders.validInfo(path);
    });
  }

  paths(): Promise<StorePath[]> {
    return promiseOf(() => {
      using folders = new Folders(this.#root);
      return folders.inPlace().filter(path => folders.validInfo(path) !== undefined);
    });
  }

  async add(name: string, tree: Tree, options: AddOptions = {}): Promise<StorePath> {
    const address = addressOf(name, tree, options);
    if (this.#isThere(address)) return address.path;

    writeStoreRecord(this.#root, this.kind);
    using store = this.#root.folderOrMake(storeFolder);
    using narInfos = this.#root.folderOrMake(narInfoFolder);
    this.#removeStaleDrafts();
    const draft = newDraftName();
    try {
      const info = await this.#draft(store, draft, tree, address);
      const isInPlace = isSameInPlace(store, info);
      // Nobody knows whether what lies there without metadata was ever synced.
      if (isInPlace) syncTree(store, baseNameOf(info.path));
      putNarInfo(narInfos, info);
      if (!isInPlace) moveInPlace(store, draft, info);
      return info.path;
    } finally {
      store.removeTree(draft);
    }
  }

  closure(paths: Iterable<StorePath>): Promise<StorePath[]> {
    return promiseOf(() => {
      using folders = new Folders(this.#root);
      const found = reachable(paths, path => {
        const looked = folders.look(path);
        if (looked !== undefined && 'info' in looked) return looked.info.references;
        throw new GenctlError(
          'STORE_PATH_MISSING',
          `cannot use ${path}: ${(looked ?? missing(path)).reason}`,
        );
      });
      return [...found].toSorted();
    });
  }

  garbage(roots: Iterable<StorePath>): Promise<Garbage> {
    return promiseOf(() => {
      const survey = this.#survey();
      const kept = [...survey.doubtful];
      const findings = [...survey.findings];
      for (const root of roots) {
        if (survey.references.has(root)) kept.push(root);
        else findings.push(missing(root));
      }
      const alive = reachable(kept, path => survey.references.get(path) ?? []);
      const dead = [...survey.references.keys()].filter(path => !alive.has(path));
      return {
        paths: deletionOrder(dead, path => survey.references.get(path) ?? []),
        sizeBytes: dead.reduce((sum, path) => sum + (survey.narSizeBytes.get(path) ?? 0), 0),
        leftovers: this.#staleDrafts(),
        findings,
      };
    });
  }

  delete(paths: Iterable<StorePath>): Promise<void> {
    return promiseOf(() => {
      const { references } = this.#survey();
      const doomed = new Set([...paths].filter(path => references.has(path)));
      for (const [path, mentioned] of references) {
        const needed = doomed.has(path) ? undefined : mentioned.find(other => doomed.has(other));
        if (needed === undefined) continue;
        throw new GenctlError(
          'STORE_PATH_IN_USE',
          `cannot delete ${needed}: ${path} refers to it`,
          { hint: 'Delete both, or keep both.' },
        );
      }
      this.#delete(deletionOrder(doomed, path => references.get(path) ?? []));
    });
  }

  verify(path: StorePath): Promise<Finding | undefined> {
    return promiseOf(() => {
      using folders = new Folders(this.#root);
      const looked = folders.look(path);
      if (looked === undefined) return missing(path);
      if (!('info' in looked)) return looked;
      const found = folders.read(path, []);
      const isAsAdded =
        found.narSha256.equals(looked.info.narHash) &&
        found.narSizeBytes === looked.info.narSizeBytes;
      return isAsAdded ? undefined : damaged(path, 'its content is not what was added');
    });
  }

  /** @throws GenctlError REFERENCE_MISSING, NARINFO_NEWER */
  #isThere({ path, references }: Address): boolean {
    using folders = new Folders(this.#root);
    for (const reference of references.others) {
      const looked = folders.look(reference);
      if (looked !== undefined && 'info' in looked) continue;
      throw new GenctlError(
        'REFERENCE_MISSING',
        `cannot add ${path}: it refers to ${reference}: ${(looked ?? missing(reference)).reason}`,
      );
    }
    const looked = folders.look(path);
    if (looked === undefined || 'info' in looked) return looked !== undefined;
    // Other damage is mended by writing the same again; this is none.
    if (looked.code === newerCode) {
      throw new GenctlError(newerCode, `cannot add ${path}: ${looked.reason}`, {
        hint: 'Use the genctl that added it, or a newer one.',
      });
    }
    return false;
  }

  /** Writes a tree as a draft, reads it back, and makes it durable. */
  async #draft(store: Folder, draft: string, tree: Tree, address: Address): Promise<NarPathInfo> {
    const { path, references, sha256 } = address;
    const hashPart = hashPartOf(path);
    const change = references.self ? { from: placeholderHashPart, to: hashPart } : undefined;
    const made = layTree(tree, store, draft, change);
    const written = readNar(
      narOf(copyOf(store, draft)),
      [],
      references.self ? hashPart : undefined,
    );
    // What was read to find the path and what was read to copy must be the same.
    if (!(written.moduloSha256 ?? written.narSha256).equals(sha256)) {
      throw new GenctlError(
        'FILE_CHANGED',
        `cannot add ${path}: its content changed while it was added`,
        { hint: 'Try again when nothing writes into it.' },
      );
    }
    if (made <= fewFiles) syncTree(store, draft);
    else await run('sync', ['-f', this.#root.onHost(storeFolder)]);
    return narInfoOf(address, written);
  }

  /** Every path in place, and what it refers to: nobody's word is needed for a doubtful one. */
  #survey(): Survey {
    const survey: Survey = {
      references: new Map(),
      narSizeBytes: new Map(),
      doubtful: [],
      findings: [],
    };
    using folders = new Folders(this.#root);
    const all = folders.inPlace();
    for (const path of all) {
      const looked = folders.look(path);
      if (looked === undefined) continue;
      if ('info' in looked) {
        survey.references.set(path, looked.info.references);
        survey.narSizeBytes.set(path, looked.info.narSizeBytes);
        continue;
      }
      // Its metadata cannot tell what it needs, so its content is asked.
      survey.references.set(path, folders.read(path, all).references.others);
      survey.doubtful.push(path);
      survey.findings.push(looked);
    }
    return survey;
  }

  /** Deletes paths that nothing needs, in this order. */
  #delete(paths: readonly StorePath[]): void {
    this.#removeStaleDrafts();
    using folders = new Folders(this.#root);
    const { store, narInfos } = folders;
    const drafts = paths.map(path => {
      const draft = newDraftName();
      store?.rename(baseNameOf(path), draft);
      return draft;
    });
    if (drafts.length > 0) store?.sync();
    const left = new Set(folders.inPlace().map(narInfoName));
    for (const name of narInfos?.names() ?? []) {
      if (name.endsWith('.narinfo') && !left.has(name)) narInfos?.removeFile(name);
    }
    for (const draft of drafts) store?.removeTree(draft);
  }

  #removeStaleDrafts(): void {
    for (const path of [storeFolder, narInfoFolder, stateFolder]) {
      using folder = this.#root.folderIfThere(path);
      for (const name of folder?.names() ?? []) {
        // Another process may be removing the same.
        if (isStaleDraft(name)) ifThere(() => folder?.removeTree(name));
      }
    }
  }

  #staleDrafts(): string[] {
    using store = this.#root.folderIfThere(storeFolder);
    return store?.names().filter(isStaleDraft) ?? [];
  }
}

/** The store's folders, held open for one piece of work. Both may be missing. */
class Folders implements Disposable {
  readonly store: Folder | undefined;
  readonly narInfos: Folder | undefined;

  constructor(root: Root) {
    this.store = root.folderIfThere(storeFolder);
    this.narInfos = root.folderIfThere(narInfoFolder);
  }

  /** The store paths in the store's folder, valid or not, sorted. */
  inPlace(): StorePath[] {
    const paths = this.store?.names().map(name => `${storeFolder}/${name}`) ?? [];
    return paths.filter(path => isStorePath(path));
  }

  validInfo(path: StorePath): NarPathInfo | undefined {
    const looked = this.look(path);
    return looked !== undefined && 'info' in looked ? looked.info : undefined;
  }

  /** A path in place: its metadata, or what is wrong with that. */
  look(path: StorePath): NarInfo | Finding | undefined {
    if (this.store?.stat(baseNameOf(path)) === undefined) return undefined;
    const name = narInfoName(path);
    const text = this.narInfos?.readFileIfThere(name, narInfoMaxBytes)?.toString('utf8');
    if (text === undefined) {
      return damaged(path, 'nothing is recorded about it', 'STORE_PATH_UNKNOWN');
    }
    const subject = `${narInfoFolder}/${name}`;
    try {
      const read = parseNarInfo(text, subject);
      if (read.info.path === path) return read;
      return damaged(path, `${subject} is about ${read.info.path}`, 'NARINFO_INVALID');
    } catch (thrown) {
      if (!(thrown instanceof GenctlError)) throw thrown;
      return damaged(path, thrown.message, thrown.code);
    }
  }

  /** Reads all of a path in place. */
  read(path: StorePath, candidates: readonly StorePath[]): NarReading {
    if (this.store === undefined) throw new Error(`${path} is not in place`);
    return readNar(narOf(copyOf(this.store, baseNameOf(path))), candidates, undefined);
  }

  [Symbol.dispose](): void {
    this.store?.[Symbol.dispose]();
    this.narInfos?.[Symbol.dispose]();
  }
}

interface Survey {
  references: Map<StorePath, readonly StorePath[]>;
  narSizeBytes: Map<StorePath, number>;
  /** Paths whose metadata cannot be read: kept, with all that they mention. */
  doubtful: StorePath[];
  findings: Finding[];
}

function putNarInfo(narInfos: Folder, info: NarPathInfo): void {
  const draft = newDraftName();
  narInfos.createFile(draft, Buffer.from(renderNarInfo({ info, others: [] })));
  narInfos.rename(draft, narInfoName(info.path));
  narInfos.sync();
}

function moveInPlace(store: Folder, draft: string, info: NarPathInfo): void {
  try {
    store.rename(draft, baseNameOf(info.path));
  } catch (thrown) {
    // Another process may have added the same at this moment.
    const isThere = store.stat(baseNameOf(info.path)) !== undefined;
    if (!isThere || !isSameInPlace(store, info)) throw thrown;
  }
  store.sync();
}

/**
 * Whether the path is in place already, with the right content.
 *
 * @throws GenctlError STORE_PATH_DAMAGED where something else is in its place
 */
function isSameInPlace(store: Folder, { path, narHash }: NarPathInfo): boolean {
  const name = baseNameOf(path);
  if (store.stat(name) === undefined) return false;
  if (readNar(narOf(copyOf(store, name)), [], undefined).narSha256.equals(narHash)) return true;
  throw new GenctlError(
    'STORE_PATH_DAMAGED',
    `cannot add ${path}: something else is in its place already, which no .narinfo tells of`,
    {
      hint: `Look at it, and move it away: mv ${store.join(name)} ${store.join(`damaged-${name}`)}`,
    },
  );
}

function missing(path: StorePath): Finding {
  return { code: 'STORE_PATH_MISSING', subject: path, reason: 'the store does not have it' };
}

function damaged(path: StorePath, reason: string, code = 'STORE_PATH_DAMAGED'): Finding {
  return { code, subject: path, reason };
}

/** Runs work that is synchronous here, in a store where it needs not be. */
async function promiseOf<T>(work: () => T): Promise<T> {
  return work();
}
