import { type Finding, GenctlError } from '../errors.ts';
import type { Root } from '../host/root.ts';
import { type RunOptions, type RunResult, run } from '../host/run.ts';
import { printableLine } from '../printable.ts';
import { addressOf } from './address.ts';
import { writeBinaryCache } from './binary-cache.ts';
import { missing } from './damage.ts';
import { newDraftName } from './draft-names.ts';
import { gcRootsFolder, readGcRoots } from './gc-roots.ts';
import { deletionOrder, reachable } from './reference-graph.ts';
import { removeStaleDrafts } from './stale-drafts.ts';
import type {
  AddOptions,
  Collected,
  CollectOptions,
  Garbage,
  NarPathInfo,
  Optimised,
  ReferenceGraph,
  Repair,
  Store,
} from './store.ts';
import { baseNameOf, parseStorePath, type StorePath } from './store-path.ts';
import { stateFolder, writeStoreRecord } from './store-record.ts';
import type { Tree } from './tree.ts';

/**
 * The store where Nix manages it. Nothing is ever written into it from here: `nix-store` does it
 * all, in the live machine's store or in the one below another root.
 */
export class NixStore implements Store {
  readonly kind = 'nix';
  readonly osTrees = undefined;
  readonly #root: Root;

  constructor(root: Root) {
    this.#root = root;
  }

  async has(path: StorePath): Promise<boolean> {
    // By what it prints: it ends with 1 for an invalid path, and for a store that does not answer.
    const { stdout } = await this.#nixStore(['--check-validity', '--print-invalid', path]);
    return lines(stdout).length === 0;
  }

  async info(path: StorePath): Promise<NarPathInfo | undefined> {
    return (await this.has(path)) ? (await this.#registered([path])).get(path) : undefined;
  }

  async paths(): Promise<StorePath[]> {
    return [...(await this.#registered([])).keys()].toSorted();
  }

  /**
   * Nix gets the tree as it gets all that has references: from a binary cache, a small one that we
   * make for it. `nix-store --add` knows no references, and what `nix-store --import` adds is not
   * marked as content-addressed.
   */
  async add(name: string, tree: Tree, options: AddOptions = {}): Promise<StorePath> {
    const address = addressOf(name, tree, options);
    const { path, references } = address;
    for (const reference of references.others) {
      if (await this.has(reference)) continue;
      throw new GenctlError(
        'REFERENCE_MISSING',
        `cannot add ${path}: it refers to ${reference}, which the store does not have`,
      );
    }
    if (await this.has(path)) return path;

    writeStoreRecord(this.#root, this.kind);
    using state = this.#root.folderOrMake(stateFolder);
    removeStaleDrafts(state);
    const cacheName = newDraftName();
    try {
      state.makeFolder(cacheName);
      using cache = state.open(cacheName);
      writeBinaryCache(cache, tree, address);
      const url = `file://${this.#root.onHost(`${stateFolder}/${cacheName}`)}`;
      const cacheOnly = ['--option', 'substitute', 'true', '--option', 'substituters', url];
      await this.#nixStore(['--realise', path, ...cacheOnly]);
      return path;
    } finally {
      state.removeTree(cacheName);
    }
  }

  async closure(paths: Iterable<StorePath>): Promise<StorePath[]> {
    const wanted = [...paths];
    for (const path of wanted) {
      if (await this.has(path)) continue;
      throw new GenctlError('STORE_PATH_MISSING', `cannot use ${path}: the store does not have it`);
    }
    if (wanted.length === 0) return [];
    const { stdout } = await this.#nixStore(['--query', '--requisites', ...wanted]);
    return lines(stdout).map(parseStorePath).toSorted();
  }

  /** What neither Nix's own roots nor these reach. */
  async garbage(roots: Iterable<StorePath>): Promise<Garbage> {
    const registered = await this.#registered([]);
    const referencesOf = (path: StorePath) => registered.get(path)?.references ?? [];
    const kept: StorePath[] = [];
    const findings: Finding[] = [];
    for (const root of roots) {
      if (registered.has(root)) kept.push(root);
      else findings.push(missing(root));
    }
    const alive = reachable(kept, referencesOf);
    const { stdout } = await this.#nixStore(['--gc', '--print-dead']);
    const dead = lines(stdout)
      .map(parseStorePath)
      .filter(path => registered.has(path) && !alive.has(path));
    return {
      paths: deletionOrder(dead, referencesOf),
      count: dead.length,
      sizeBytes: dead.reduce((sum, path) => sum + (registered.get(path)?.narSizeBytes ?? 0), 0),
      leftovers: [],
      findings,
    };
  }

  /**
   * By Nix's own collector. Roots that Nix does not know are shown to it for that time, as links in
   * its folder of roots.
   */
  async collect(
    roots: Iterable<StorePath>,
    { maxFreedBytes }: CollectOptions = {},
  ): Promise<Collected> {
    const machine = readGcRoots(this.#root);
    if (machine.unclear.length > 0) {
      const findings = [...machine.findings, ...machine.unclear];
      return { deletedPaths: 0, freedBytes: 0, findings };
    }
    const all = new Set([...roots, ...machine.roots.map(({ storePath }) => storePath)]);
    using gcRoots = this.#root.folderOrMake(gcRootsFolder);
    const findings = [...removeStaleDrafts(gcRoots), ...machine.findings];
    const shown = newDraftName();
    try {
      gcRoots.makeFolder(shown);
      using links = gcRoots.open(shown);
      for (const path of all) links.makeLink(baseNameOf(path), path);
      const atMost = maxFreedBytes === undefined ? [] : ['--max-freed', String(maxFreedBytes)];
      const { stdout, stderr } = await this.#nixStore(['--gc', ...atMost]);
      return { ...parseCollected(stdout + stderr), findings };
    } finally {
      gcRoots.removeTree(shown);
    }
  }

  async optimise(): Promise<Optimised> {
    const { stdout, stderr } = await this.#nixStore(['--optimise']);
    return parseOptimised(stdout + stderr);
  }

  async graph(): Promise<ReferenceGraph> {
    const registered = await this.#registered([]);
    return {
      references: path => registered.get(path)?.references ?? [],
      narSizeBytes: path => registered.get(path)?.narSizeBytes ?? 0,
    };
  }

  async verify(path: StorePath): Promise<Finding | undefined> {
    if (!(await this.has(path))) return missing(path);
    const { exitCode, stderr } = await this.#nixStore(['--verify-path', path], { accept: [0, 1] });
    if (exitCode === 0) return undefined;
    const reason = lines(stderr).at(-1) ?? 'its content is not what was added';
    return { code: 'STORE_PATH_DAMAGED', subject: path, reason };
  }

  async verifyAll(): Promise<Finding[]> {
    const args = ['--verify', '--check-contents'];
    const { stderr, exitCode } = await this.#nixStore(args, { accept: [0, 1] });
    const findings = parseVerified(stderr);
    if (exitCode === 0 || findings.length > 0) return findings;
    // It has not come to look, or complains of what is no path.
    const why = lines(stderr).at(-1) ?? 'it does not say why';
    throw new GenctlError('PROGRAM_FAILED', `nix-store ${args.join(' ')}: ${printableLine(why)}`);
  }

  /** What Nix can repair it builds or downloads again. */
  async repair(path: StorePath): Promise<Repair> {
    const finding = await this.verify(path);
    if (finding === undefined) return { outcome: 'sound' };
    if (finding.code === 'STORE_PATH_MISSING') return { outcome: 'damaged', finding };
    await this.#nixStore(['--repair-path', path], { accept: [0, 1, 100] });
    const left = await this.verify(path);
    return left === undefined
      ? { outcome: 'mended', finding }
      : { outcome: 'damaged', finding: left };
  }

  /** @throws GenctlError STORE_PATH_DAMAGED, as only Nix puts anything into its store */
  async addAnew(name: string, tree: Tree, options: AddOptions = {}): Promise<StorePath> {
    const path = await this.add(name, tree, options);
    const finding = await this.verify(path);
    if (finding === undefined) return path;
    throw new GenctlError('STORE_PATH_DAMAGED', `cannot mend ${path}: ${finding.reason}`, {
      hint: 'Let Nix mend it: nix-store --repair-path PATH',
    });
  }

  /** What Nix's database says of some paths, or of all: nix-store(1), `--dump-db`. */
  async #registered(paths: readonly StorePath[]): Promise<Map<StorePath, NarPathInfo>> {
    const { stdout } = await this.#nixStore(['--dump-db', ...paths]);
    return parseRegistrations(stdout);
  }

  #nixStore(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const where = this.#root.isLive ? [] : ['--store', this.#root.hostPath];
    return run('nix-store', [...where, ...args], options);
  }
}

/**
 * Reads what `nix-store --dump-db` prints: for each path a line each with the path, the NAR's
 * SHA-256 in hexadecimal, its size, the deriver (may be empty), the number of references, and
 * as many lines of references.
 */
export function parseRegistrations(text: string): Map<StorePath, NarPathInfo> {
  const found = new Map<StorePath, NarPathInfo>();
  const all = text.split('\n').values();
  for (const path of all) {
    if (path === '') continue;
    const [narHash, narSize, , count] = [next(all), next(all), next(all), next(all)];
    const references: StorePath[] = [];
    for (let left = Number(count); left > 0; left--) references.push(parseStorePath(next(all)));
    found.set(parseStorePath(path), {
      kind: 'nar',
      path: parseStorePath(path),
      references: references.toSorted(),
      narHash: Buffer.from(narHash, 'hex'),
      narSizeBytes: Number(narSize),
      contentAddress: undefined,
    });
  }
  return found;
}

/** Reads what `nix-store --gc` says last: `10 store paths deleted, 13.84 MiB freed`. */
export function parseCollected(text: string): { deletedPaths: number; freedBytes: number } {
  const [, paths, size, unit] =
    /^(\d+) store paths? deleted, (-?[\d.]+) ([KMGT]?i?B)/m.exec(text) ?? [];
  return { deletedPaths: Number(paths ?? 0), freedBytes: toBytes(size, unit) };
}

/** Reads what `nix-store --optimise` says: `1.20 MiB freed by hard-linking 3 files`. */
export function parseOptimised(text: string): Optimised {
  const [, size, unit, files] =
    /^(-?[\d.]+) ([KMGT]?i?B) freed by hard-linking (\d+) files?/m.exec(text) ?? [];
  return { linkedFiles: Number(files ?? 0), savedBytes: toBytes(size, unit) };
}

/** Nix rounds to two digits. */
function toBytes(size: string | undefined, unit: string | undefined): number {
  const exponent = ' KMGT'.indexOf(unit?.length === 1 ? ' ' : (unit?.charAt(0) ?? ' '));
  return Math.max(0, Math.round(Number(size ?? 0) * 1024 ** exponent));
}

/** Reads what `nix-store --verify --check-contents` complains of. */
export function parseVerified(text: string): Finding[] {
  return lines(text).flatMap((line): Finding[] => {
    const path = /\/nix\/store\/[0-9a-z]{32}-[0-9A-Za-z+\-._?=]+/.exec(line)?.[0];
    // Not in the path: /nix/store/…-libgpg-error is a name as good as any.
    const said = path === undefined ? '' : line.replace(path, '');
    if (path === undefined || !/modified|disappeared|error|missing/.test(said)) return [];
    return [{ code: 'STORE_PATH_DAMAGED', subject: path, reason: line.trim() }];
  });
}

function next(texts: Iterator<string>): string {
  const { done, value } = texts.next();
  if (done === true) {
    throw new GenctlError('PROGRAM_FAILED', 'nix-store --dump-db: what it printed is cut off');
  }
  return value;
}

function lines(text: string): string[] {
  return text.split('\n').filter(line => line !== '');
}
