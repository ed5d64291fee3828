import { posix } from 'node:path';
import { ifThere } from '../host/file-error.ts';
import type { Folder } from '../host/folder.ts';
import { type Root, split } from '../host/root.ts';
import { type StorePath, storePathAbove } from './store-path.ts';

/** Where Nix keeps links to what must not be collected; anybody may add to it. */
const gcRootsFolder = '/nix/var/nix/gcroots';

/** A root that goes through more links is a loop. */
const maxLinks = 40;

/** What a link is called, and where it leads, as it stands in it. */
export interface Link {
  /** The folder that it is in, a logical path. */
  folder: string;
  target: string;
}

/** What all links below Nix's folder lead to, also through the indirect ones of `auto`. */
export function readGcRoots(root: Root): StorePath[] {
  using folder = root.folderIfThere(gcRootsFolder);
  if (folder === undefined) return [];
  return [...linksBelow(folder, gcRootsFolder)].flatMap(link => storePathsBehind(root, link));
}

function* linksBelow(folder: Folder, path: string): Generator<Link, void, undefined> {
  for (const name of folder.names()) {
    const kind = folder.stat(name)?.kind;
    if (kind === 'link') yield { folder: path, target: folder.readLink(name) };
    if (kind === 'folder') {
      using inner = folder.open(name);
      yield* linksBelow(inner, `${path}/${name}`);
    }
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
