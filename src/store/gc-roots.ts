import { posix } from 'node:path';
import type { Finding } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import { type Root, split } from '../host/root.ts';
import {
  baseNameOf,
  isStorePath,
  type StorePath,
  storeFolder,
  storePathAbove,
} from './store-path.ts';
import { readClaims } from './temp-roots.ts';
import { usedPaths } from './used-paths.ts';

/** Where Nix keeps links to what must not be collected; anybody may add to it. */
export const gcRootsFolder = '/nix/var/nix/gcroots';

/** Profiles of all users and their generations, whoever made them. */
const profilesFolder = '/nix/var/nix/profiles';

/** What the running machine says of itself. */
const runLinks = ['booted-system', 'current-system'] as const;

/** A root that goes through more links is a loop. */
const maxLinks = 40;

/** What a link is called, and where it leads, as it stands in it. */
export interface Link {
  /** The folder that it is in, a logical path. */
  folder: string;
  target: string;
}

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
  /** What could not be read although it had to be. */
  findings: Finding[];
}

/**
 * All that keeps store paths alive on a machine: links below Nix's folders of roots and of
 * profiles, `/run`'s, the claims of builds under way, and what processes and the kernel use.
 */
export function readGcRoots(root: Root): GcRoots {
  using store = root.folderIfThere(storeFolder);
  const linked = [...linkedRoots({ root, store })];
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
  return { roots: [...linked, ...unlinked], findings: used.findings };
}

/** A root and its store's folder, held open for all links. */
interface Machine {
  root: Root;
  store: Folder | undefined;
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
      const target = ifThere(() => folder.readLink(rawName));
      if (target !== undefined) yield* rootsBehind(machine, path, name, target);
    } else if (kind === 'folder') {
      using inner = folder.openIfThere(rawName);
      if (inner !== undefined) yield* rootsBelow(machine, inner, `${path}/${name}`);
    } else {
      // Nix takes a file named as a store path for a root too.
      const storePath = `${storeFolder}/${name}`;
      if (isStorePath(storePath)) {
        yield { storePath, reason: `${path}/${name}`, link: undefined };
      }
    }
  }
}

function* rootsBehind(
  { root, store }: Machine,
  folder: string,
  name: string,
  target: string,
): Generator<GcRoot, void, undefined> {
  const link = `${folder}/${name}`;
  // Most lead straight to a store path that is no link itself: there is nothing to follow.
  const isPlain = isStorePath(target) && store?.stat(baseNameOf(target))?.kind !== 'link';
  for (const storePath of isPlain ? [target] : storePathsBehind(root, { folder, target })) {
    yield { storePath, reason: `${link} -> ${target}`, link };
  }
}

/**
 * The store paths that a link keeps alive: those that its target lies in, as it is written and
 * as it is followed, link by link to the end. Too many rather than too few: what is not among
 * them may be deleted. None where the link leads nowhere near the store.
 */
export function storePathsBehind(root: Root, link: Link): StorePath[] {
  const start = posix.resolve(link.folder, link.target);
  const found = new Set<StorePath>();
  const add = (path: string | undefined): void => {
    const storePath = path === undefined ? undefined : storePathAbove(path);
    if (storePath !== undefined) found.add(storePath);
  };
  let path: string | undefined = start;
  for (let links = 0; path !== undefined && links < maxLinks; links++) {
    add(path);
    path = nextOf(root, path);
  }
  // `..` behind a link is not what the text alone says.
  const written = link.target.startsWith('/') ? link.target : `${link.folder}/${link.target}`;
  add(unlessLost(() => root.realPath(written)));
  return [...found];
}

/** Where the link at a path leads; undefined where there is none. */
function nextOf(root: Root, path: string): string | undefined {
  const { parent, name } = split(path);
  if (name === '') return undefined;
  return unlessLost(() => {
    using folder = root.folderIfThere(parent);
    const target = folder?.readLinkIfThere(name);
    return target === undefined ? undefined : posix.resolve(parent, target);
  });
}

/** Undefined where a path leads nowhere, in a circle, or is none that a kernel would take. */
function unlessLost<T>(lookUp: () => T): T | undefined {
  return ifThere(lookUp, ['FILE_MISSING', 'NOT_A_FOLDER', 'LINK_LOOP', 'FILE_FAILED']);
}
