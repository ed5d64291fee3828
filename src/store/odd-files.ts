import type { FileStat, Folder, Name } from '../host/folder.ts';

/** Nix's canonical time, in seconds since the epoch. */
const canonicalSeconds = 1;

/** A file, folder or link of a store path that has not the metadata that a store's have. */
export interface OddFile {
  folder: Folder;
  name: Name;
  stat: FileStat;
}

/** Looks through what is of a name in the store's folder, each folder after what is in it. */
export function* oddFiles(store: Folder, name: Name): Generator<OddFile, void, undefined> {
  yield* oddBelow(store, name, store.statSelf().uid);
}

function* oddBelow(
  folder: Folder,
  name: Name,
  storeUid: number,
): Generator<OddFile, void, undefined> {
  const stat = folder.stat(name);
  if (stat === undefined) return;
  if (stat.kind === 'folder') {
    using inner = folder.open(name);
    for (const innerName of inner.rawNames()) yield* oddBelow(inner, innerName, storeUid);
  }
  const isOdd =
    !hasMode(stat) || !isOwned(stat, storeUid) || stat.mtimeSeconds !== canonicalSeconds;
  if (isOdd) yield { folder, name, stat };
}

/**
 * Gives a file a store's metadata.
 *
 * @throws GenctlError NOT_ALLOWED, as for a file that is immutable (chattr(1))
 */
export function makeCanonical(store: Folder, { folder, name, stat }: OddFile): void {
  const { uid, gid } = store.statSelf();
  // What root has is root's in both, whichever group may write into the store's folder.
  if (!isOwned(stat, uid)) folder.setOwner(name, uid, uid === 0 ? 0 : gid);
  // A new owner takes the setuid bit away; the mode comes second.
  if (!hasMode(stat)) folder.setMode(name, canonicalMode(stat));
  folder.setTimes(name, canonicalSeconds);
}

function canonicalMode({ kind, mode }: FileStat): number {
  return kind === 'folder' || (mode & 0o100) !== 0 ? 0o555 : 0o444;
}

function hasMode(stat: FileStat): boolean {
  return stat.kind === 'link' || stat.mode === canonicalMode(stat);
}

/** Root may add to another user's store, and what is root's nobody else can change. */
function isOwned({ uid, gid }: FileStat, storeUid: number): boolean {
  return uid === 0 ? gid === 0 : uid === storeUid;
}
