import { type Finding, GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import type { Root } from '../host/root.ts';
import { followLink, unclearRoot } from './follow-link.ts';
import { baseNameOf, isStorePath, type StorePath, storeFolder } from './store-path.ts';
import { readClaims } from './temp-roots.ts';
import { usedPaths } from './used-paths.ts';

/** Where Nix keeps links to what must not be collected; anybody may add to it. */
export const gcRootsFolder = '/nix/var/nix/gcroots';

/** Profiles of all users and their generations, whoever made them. */
const profilesFolder = '/nix/var/nix/profiles';

/** What the running machine says of itself. */
const runLinks = ['booted-system', 'current-system'] as const;

/** A store path that something on the machine needs. */
export interface GcRoot {
  storePath: StorePath;
  /** `/nix/var/nix/gcroots/auto/x -> /home/…/result`, `process 123 (sshd): /proc/123/maps`. */
  reason: string;
  /** The logical path of the link, where it is one. */
  link: string | undefined;
}

export interface GcRoots {
  roots: GcRoot[];
  /** Links that may keep anything alive: while there is one, nothing may be deleted. */
  unclear: Finding[];
  /** What could not be read although it had to be. */
  findings: Finding[];
}

/**
 * All that keeps store paths alive on a machine: links below Nix's folders of roots and of
 * profiles, `/run`'s, the claims of builds under way, and what processes and the kernel use.
 */
export function readGcRoots(root: Root): GcRoots {
  using store = root.folderIfThere(storeFolder);
  const unclear: Finding[] = [];
  const linked = [...linkedRoots({ root, store, unclear })];
  const used = usedPaths(root, store);
  const isInPlace = ({ storePath }: GcRoot): boolean =>
    store?.stat(baseNameOf(storePath)) !== undefined;
  const usedRoots = Array.from(used.reasons, ([storePath, reason]) => ({
    storePath,
    reason,
    link: undefined,
  }));
  const claimed = Array.from(readClaims(root), ({ path, where }) => ({
    storePath: path,
    reason: `a build under way: ${where}`,
    link: undefined,
  }));
  // What is not there is no finding: a program was replaced, a build has not come to it.
  const unlinked = [...claimed, ...usedRoots].filter(isInPlace);
  return { roots: [...linked, ...unlinked], unclear, findings: used.findings };
}

/** A root and its store's folder, held open for all links. */
interface Machine {
  root: Root;
  store: Folder | undefined;
  /** What is found to be unclear on the way. */
  unclear: Finding[];
}

function* linkedRoots(machine: Machine): Generator<GcRoot, void, undefined> {
  for (const path of [gcRootsFolder, profilesFolder]) {
    using folder = machine.root.folderIfThere(path);
    if (folder !== undefined) yield* rootsBelow(machine, folder, path);
  }
  using run = machine.root.folderIfThere('/run');
  for (const name of runLinks) {
    const target = run?.readLinkIfThere(name);
    if (target !== undefined) yield* rootsBehind(machine, '/run', name, target);
  }
}

function* rootsBelow(
  machine: Machine,
  folder: Folder,
  path: string,
): Generator<GcRoot, void, undefined> {
  for (const { name: rawName, kind } of folder.rawEntries()) {
    const name = rawName.toString();
    if (kind === 'link') {
      const target = orUnclear(machine, `${path}/${name}`, () => folder.readLink(rawName));
      if (target !== undefined) yield* rootsBehind(machine, path, name, target);
    } else if (kind === 'folder') {
      const inner = orUnclear(machine, `${path}/${name}`, () => folder.open(rawName));
      if (inner === undefined) continue;
      using _ = inner;
      yield* rootsBelow(machine, inner, `${path}/${name}`);
    } else {
      // Nix takes a file named as a store path for a root too.
      const storePath = `${storeFolder}/${name}`;
      if (isStorePath(storePath)) {
        yield { storePath, reason: `${path}/${name}`, link: undefined };
      }
    }
  }
}

/** What a look at a link or a folder gives; undefined where it is gone, or unclear. */
function orUnclear<T>({ unclear }: Machine, path: string, lookUp: () => T): T | undefined {
  try {
    return ifThere(lookUp);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    unclear.push(unclearRoot(path, { reason: thrown.message, hint: thrown.hint }));
    return undefined;
  }
}

function* rootsBehind(
  { root, store, unclear }: Machine,
  folder: string,
  name: string,
  target: string,
): Generator<GcRoot, void, undefined> {
  const link = `${folder}/${name}`;
  // Most lead straight to a store path that is no link itself: there is nothing to follow.
  const isPlain = isStorePath(target) && store?.stat(baseNameOf(target))?.kind !== 'link';
  const { storePaths, doubt } = isPlain
    ? { storePaths: [target], doubt: undefined }
    : followLink(root, { folder, target });
  // What lies behind a store path is among what that refers to.
  if (storePaths.length === 0 && doubt !== undefined) unclear.push(unclearRoot(link, doubt));
  for (const storePath of storePaths) yield { storePath, reason: `${link} -> ${target}`, link };
}
