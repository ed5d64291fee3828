import { posix } from 'node:path';
import { type Finding, GenctlError } from '../errors.ts';
import { type Root, split } from '../host/root.ts';
import { type StorePath, storeFolder, storePathAbove } from './store-path.ts';

/** A root that goes through more links is a loop. */
const maxLinks = 40;

/** How a path fails that leads nowhere, in a circle, or is none that a kernel would take. */
const leadsNowhere = ['FILE_MISSING', 'NOT_A_FOLDER', 'LINK_LOOP', 'PATH_IMPOSSIBLE'];

/** Stands in a text for bytes that are none of UTF-8: who reads on by that text looks elsewhere. */
const lostBytes = '\uFFFD';

/** What a link is called, and where it leads, as it stands in it. */
export interface Link {
  /** The folder that it is in, a logical path. */
  folder: string;
  target: string;
}

/** What a link keeps alive. */
export interface Followed {
  storePaths: StorePath[];
  /**
   * Why it could not be followed to its end, although it leads somewhere: it may keep anything
   * alive. Undefined where it was, or where it leads nowhere.
   */
  doubt: Doubt | undefined;
}

export interface Doubt {
  /** A clause. */
  reason: string;
  hint?: string | undefined;
}

/**
 * Follows a link: to the store paths that its target lies in, as it is written and as it is
 * followed, link by link to the end. Too many rather than too few: what is not among them may be
 * deleted. None where the link leads nowhere near the store.
 */
export function followLink(root: Root, link: Link): Followed {
  const found = new Set<StorePath>();
  let doubt: Doubt | undefined;
  const look = <T>(lookUp: () => T): T | undefined => {
    try {
      return lookUp();
    } catch (thrown) {
      if (!(thrown instanceof GenctlError)) throw thrown;
      if (!leadsNowhere.includes(thrown.code)) {
        doubt ??= { reason: thrown.message, hint: thrown.hint };
      }
      return undefined;
    }
  };
  const stores = [storeFolder, look(() => root.realPath(storeFolder)) ?? storeFolder];
  const add = (path: string | undefined): void => {
    const storePath = path === undefined ? undefined : storePathIn(stores, path);
    if (storePath !== undefined) found.add(storePath);
    else if (path?.includes(lostBytes) === true) {
      doubt ??= { reason: `${path} has bytes that are no UTF-8, which genctl cannot follow` };
    }
  };
  let path: string | undefined = posix.resolve(link.folder, link.target);
  for (let links = 0; path !== undefined && links < maxLinks; links++) {
    const here: string = path;
    add(here);
    path = look(() => nextOf(root, here));
  }
  // `..` behind a link is not what the text alone says.
  const written = link.target.startsWith('/') ? link.target : `${link.folder}/${link.target}`;
  add(look(() => root.realPath(written)));
  return { storePaths: [...found], doubt };
}

/** The store paths that a link keeps alive, as far as it can be followed. */
export function storePathsBehind(root: Root, link: Link): StorePath[] {
  return followLink(root, link).storePaths;
}

/** A link of which it is not known what it keeps alive: nothing may be deleted beside it. */
export function unclearRoot(subject: string, { reason, hint }: Doubt): Finding {
  return {
    code: 'STORE_ROOT_UNCLEAR',
    subject,
    reason: `${reason}; what it needs is not known, so nothing of the store is deleted`,
    hint: hint ?? 'Mend or remove that link, and run `genctl gc` again.',
  };
}

/** @param stores the store's folder, by all its paths: `/nix` may be a link */
function storePathIn(stores: readonly string[], path: string): StorePath | undefined {
  const store = stores.find(folder => path.startsWith(`${folder}/`));
  return store === undefined ? undefined : storePathAbove(storeFolder + path.slice(store.length));
}

/** Where the link at a path leads; undefined where there is none. */
function nextOf(root: Root, path: string): string | undefined {
  const { parent, name } = split(path);
  if (name === '') return undefined;
  using folder = root.folderIfThere(parent);
  const target = folder?.readLinkIfThere(name);
  return target === undefined ? undefined : posix.resolve(parent, target);
}
