import { GenctlError } from '../errors.ts';
import type { Folder } from '../host/folder.ts';
import { newDraftName } from './draft-names.ts';
import type { LocalFolders } from './local-folders.ts';
import { type NarInfo, narInfoName, renderNarInfo } from './narinfo.ts';
import { baseNameOf, type StorePath } from './store-path.ts';

const newerCode = 'NARINFO_NEWER';

/** A finished draft, durable already, that is to become a path. */
export interface FinishedDraft {
  path: StorePath;
  /** Its name in the store's folder. */
  draft: string;
  /** Whether what is of a name in the store's folder has the content of the path. */
  isSame(name: string): boolean | Promise<boolean>;
  /** Makes durable what is of a name in the store's folder. */
  sync(name: string): void | Promise<void>;
  /** Makes durable what is known of the path. */
  record(): void;
}

/** What to do with something in the place of a path whose content it is not. */
type OnOther = (store: Folder, path: StorePath) => void;

/**
 * Makes a draft a valid path: what is known of it first, its name second. Where the same is in its
 * place already, the draft stays one.
 *
 * @throws GenctlError what `onOther` throws, NO_SPACE, …
 */
export async function putInPlace(
  store: Folder,
  finished: FinishedDraft,
  onOther: OnOther,
): Promise<void> {
  const { path, draft } = finished;
  const name = baseNameOf(path);
  const isInPlace = store.stat(name) === undefined ? undefined : await finished.isSame(name);
  // Nobody knows whether what lies there without metadata was ever synced.
  if (isInPlace === true) await finished.sync(name);
  if (isInPlace === false) onOther(store, path);
  finished.record();
  if (isInPlace === true) return;
  try {
    store.rename(draft, name);
  } catch (thrown) {
    // Another process may have added the same at this moment.
    if (store.stat(name) === undefined) throw thrown;
    if (!(await finished.isSame(name))) refuseDamaged(store, path);
  }
  store.sync();
}

/** @throws GenctlError STORE_PATH_DAMAGED */
export function refuseDamaged(store: Folder, path: StorePath): never {
  const name = baseNameOf(path);
  throw new GenctlError(
    'STORE_PATH_DAMAGED',
    `cannot add ${path}: something else is in its place already, which no .narinfo tells of`,
    {
      hint: `Look at it, and move it away: mv ${store.join(name)} ${store.join(`damaged-${name}`)}`,
    },
  );
}

/** Until the other is in place the path is not valid; after a crash, adding it again makes it so. */
export function moveAside(aside: string): OnOther {
  return (store, path) => store.rename(baseNameOf(path), aside);
}

/**
 * Whether a path is valid already, so that nothing need be written.
 *
 * @throws GenctlError NARINFO_NEWER
 */
export function isValid(folders: LocalFolders, path: StorePath): boolean {
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

/** Puts a path's `.narinfo` into their folder, durable at once. */
export function putNarInfo(narInfos: Folder, narInfo: NarInfo): void {
  putWhole(narInfos, narInfoName(narInfo.info.path), Buffer.from(renderNarInfo(narInfo)));
}

/** Puts a file in place whole and durable; one of that name is replaced. */
export function putWhole(folder: Folder, name: string, content: Buffer): void {
  const draft = newDraftName();
  folder.createFile(draft, content);
  try {
    folder.rename(draft, name);
  } catch (thrown) {
    folder.removeFile(draft);
    throw thrown;
  }
  folder.sync();
}
