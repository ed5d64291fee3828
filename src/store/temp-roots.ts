import { ifThere } from '../host/file-error.ts';
import { Folder } from '../host/folder.ts';
import { atProcessEnd } from '../host/process-end.ts';
import { processStartTicks } from '../host/processes.ts';
import type { Root } from '../host/root.ts';
import { isGone, ownMark } from './draft-names.ts';
import { isStorePath, type StorePath } from './store-path.ts';

/**
 * A file a process, with store paths that each end in a NUL byte, as Nix has them. No claim outlives
 * the boot of its process.
 */
export const tempRootsFolder = '/run/genctl/temproots';

/** Where Nix's own processes claim theirs. */
const nixTempRootsFolder = '/nix/var/nix/temproots';

/** Without the right to write there, the store cannot be written either, nor collected. */
const cannotWrite = ['NOT_ALLOWED', 'READ_ONLY'];

/**
 * The temporary roots of this process: what it is about to add, or relies on until it has made a
 * real root. The file's name begins with the pid, as Nix expects; what follows tells a later
 * process of the same number from this one.
 *
 * Builds need no lock against a collector, for this reason. A builder claims a path first and looks
 * whether it is there second. A collector renames a path away first and reads the claims second,
 * before it deletes anything. So either the builder's look came after the rename: it sees that the
 * path is missing, and adds it. Or it came before, and the claim before that: the collector sees
 * the claim, and renames the path back with all it refers to. The same holds for `.narinfo` files
 * (`sweep.ts`).
 */
export class TempRoots {
  readonly #root: Root;
  readonly #claimed = new Set<StorePath>();

  constructor(root: Root) {
    this.#root = root;
  }

  /** Keeps paths from every other process's collector, from now until this process ends. */
  claim(paths: readonly StorePath[]): void {
    const added = paths.filter(path => !this.#claimed.has(path));
    if (added.length === 0) return;
    const bytes = Buffer.from(added.map(path => `${path}\0`).join(''));
    ifThere(() => {
      using folder = this.#root.folderOrMake(tempRootsFolder);
      if (this.#claimed.size === 0) removeAtProcessEnd(folder.realPath);
      folder.append(ownFileName(), bytes, 0o600);
    }, cannotWrite);
    for (const path of added) this.#claimed.add(path);
  }
}

/** What other processes that still run have claimed. */
export function* readClaims(root: Root): Generator<Claim, void, undefined> {
  for (const path of [tempRootsFolder, nixTempRootsFolder]) {
    using folder = root.folderIfThere(path);
    if (folder !== undefined) yield* claimsIn(folder, path);
  }
}

function* claimsIn(folder: Folder, folderPath: string): Generator<Claim, void, undefined> {
  const names = folder.names();
  const own = names.length === 0 ? '' : ownFileName();
  for (const name of names) {
    // What this process needs, it gives as a root.
    if (name === own || isOver(name)) continue;
    const text = ifThere(() => folder.readFile(name))?.toString('latin1') ?? '';
    // What has no NUL behind it is still being written.
    for (const path of text.split('\0').slice(0, -1)) {
      if (isStorePath(path)) yield { path, where: `${folderPath}/${name}` };
    }
  }
}

export interface Claim {
  path: StorePath;
  /** The file that says so. */
  where: string;
}

/** Removes the claims of processes that have ended. */
export function removeStaleClaims(root: Root): void {
  using folder = root.folderIfThere(tempRootsFolder);
  for (const name of folder?.names() ?? []) {
    if (isOver(name)) ifThere(() => folder?.removeFile(name));
  }
}

/** The pid, as Nix reads it, and whose that number is. */
function ownFileName(): string {
  const mark = ownMark();
  return `${mark.split('-')[2]}-${mark}`;
}

function isOver(name: string): boolean {
  const [, pid, mark] = /^([0-9]+)(?:-(.+))?$/.exec(name) ?? [];
  if (mark !== undefined) return isGone(mark);
  // Nix's own, by the pid alone.
  return pid !== undefined && processStartTicks(Number(pid)) === undefined;
}

function removeAtProcessEnd(hostPath: string): void {
  atProcessEnd(() => {
    // The root may be gone by then.
    ifThere(() => {
      using folder = Folder.atHostPath(hostPath);
      folder.removeFile(ownFileName());
    }, ['FILE_MISSING', 'NOT_A_FOLDER', ...cannotWrite]);
  });
}
