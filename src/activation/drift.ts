import { type Finding, GenctlError } from '../errors.ts';
import { ifThere } from '../host/file-error.ts';
import type { FileStat, Folder } from '../host/folder.ts';
import { FolderChain } from '../host/folder-chain.ts';
import { effectiveCapabilities } from '../host/processes.ts';
import type { Root } from '../host/root.ts';
import { foldersAbove } from './etc-tree.ts';
import { leavesOf, type Manifest, type ManifestCopy } from './read-manifest.ts';

/** How something in /etc differs from what was placed there. */
export interface Drift {
  /**
   * `missing`: nothing is there; `replaced`: something else is; `edited`, `mode`, `owner`: a copy
   * was changed; `unknown`: it cannot be told.
   */
  kind: 'missing' | 'replaced' | 'edited' | 'mode' | 'owner' | 'unknown';
  /** Below /etc. */
  path: string;
  /** What was placed: `a link to /etc/static/motd`, `mode 0600`. */
  wanted: string;
  /** What is there instead; where it is `unknown`, why it cannot be told. */
  found: string;
}

/** CAP_CHOWN of capabilities(7). */
const mayChown = 1n << 0n;

/**
 * Compares /etc with the manifest that was applied last. What the user made of a path whose policy
 * is `keep` is as declared. Below a folder that is not there or is none, nothing more is said.
 */
export function findDrift(root: Root, manifest: Manifest): Drift[] {
  const { from, folders, links, direct, copies } = manifest;
  if (from === undefined) return [];
  using etc = root.folderIfThere('/etc');
  if (etc === undefined) return [{ ...nothingThere, path: '', wanted: 'a folder' }];
  using chain = new FolderChain(etc);
  const look = new Look(root, chain, from);
  const blocked = new Set<string>();
  const lookAt = (path: string, lookThere: () => Drift[]): Drift[] =>
    isBelow(path, blocked) ? [] : lookThere();
  const lookAtFolder = (path: string): Drift[] => {
    const found = look.folder(path);
    if (found.length > 0) blocked.add(path);
    return found;
  };
  const drift = [
    ...look.link('static', from),
    ...folders.flatMap(path => lookAt(path, () => lookAtFolder(path))),
    ...links.flatMap(path => lookAt(path, () => look.link(path, `/etc/static/${path}`))),
    ...[...direct].flatMap(([path, target]) => lookAt(path, () => look.link(path, target))),
    ...copies.flatMap(copy => lookAt(copy.path, () => look.copy(copy))),
  ];
  const theirs = leftToUser(manifest);
  return drift.filter(({ kind, path }) => kind === 'missing' || !theirs.has(path));
}

/** Paths whose policy is `keep`, and folders in which that is the policy of all. */
function leftToUser(manifest: Manifest): ReadonlySet<string> {
  const { keeps, folders } = manifest;
  if (keeps.size === 0) return keeps;
  const others = leavesOf(manifest).filter(path => !keeps.has(path));
  const shared = new Set(others.flatMap(foldersAbove));
  return new Set([...keeps, ...folders.filter(path => !shared.has(path))]);
}

/** A difference, as it is told of. */
export function driftFinding({ kind, path, wanted, found }: Drift): Finding {
  const subject = path === '' ? '/etc' : `/etc/${path}`;
  switch (kind) {
    case 'missing':
      return {
        code: 'ETC_MISSING',
        subject,
        reason: `nothing is there, where ${wanted} was placed`,
        hint: 'Activate the generation again, `genctl test GEN`: that places it.',
      };
    case 'replaced':
      return {
        code: 'ETC_REPLACED',
        subject,
        reason: `it is ${found}, not ${wanted}`,
        hint: `To have ${wanted} again, move what is there out of the way, and activate the generation again.`,
      };
    case 'edited':
      return {
        code: 'ETC_EDITED',
        subject,
        reason: 'its content was changed since it was placed',
        hint: 'To keep the change, take it over into etc/ of the declaration; to drop it, remove the file and activate the generation again.',
      };
    case 'mode':
    case 'owner':
      return {
        code: kind === 'mode' ? 'ETC_MODE' : 'ETC_OWNER',
        subject,
        reason: `it has ${found}, not ${wanted}`,
        hint: `Declare it in a section [etc "${path}"], or set it right.`,
      };
    case 'unknown':
      return {
        code: 'ETC_UNREADABLE',
        subject,
        reason: `whether it is ${wanted} cannot be told: ${found}`,
        hint: 'Run genctl as root.',
      };
  }
}

const nothingThere = { kind: 'missing', found: 'nothing' } as const;

function isBelow(path: string, folders: ReadonlySet<string>): boolean {
  return folders.size > 0 && foldersAbove(path).some(folder => folders.has(folder));
}

/** Looks at what is below /etc, by handles, no link followed. */
class Look {
  readonly #root: Root;
  readonly #chain: FolderChain;
  readonly #from: string;
  /** Who may not give files away, in a root of his own, places them as his own. */
  readonly #hasOwners: boolean;

  constructor(root: Root, chain: FolderChain, from: string) {
    this.#root = root;
    this.#chain = chain;
    this.#from = from;
    this.#hasOwners = root.isLive || (effectiveCapabilities() & mayChown) !== 0n;
  }

  folder(path: string): Drift[] {
    const wanted = 'a folder';
    return this.#at(path, wanted, (folder, name) => {
      const stat = folder.stat(name);
      if (stat?.kind === 'folder') return [];
      return [otherThan(path, wanted, folder, name, stat)];
    });
  }

  link(path: string, target: string): Drift[] {
    const wanted = `a link to ${target}`;
    return this.#at(path, wanted, (folder, name) => {
      // EINVAL for what is no link.
      const read = (): Buffer => folder.readLinkRaw(name);
      const found = ifThere(read, ['FILE_MISSING', 'PATH_IMPOSSIBLE']);
      if (found?.equals(Buffer.from(target)) === true) return [];
      return [otherThan(path, wanted, folder, name, folder.stat(name))];
    });
  }

  copy(copy: ManifestCopy): Drift[] {
    const { path } = copy;
    const wanted = 'a file';
    return this.#at(path, wanted, (folder, name) => {
      const stat = folder.stat(name);
      if (stat?.kind !== 'file') return [otherThan(path, wanted, folder, name, stat)];
      const drift: Drift[] = [];
      if (stat.mode !== copy.mode) {
        drift.push({ kind: 'mode', path, wanted: modeText(copy), found: modeText(stat) });
      }
      if (this.#hasOwners && (stat.uid !== copy.uid || stat.gid !== copy.gid)) {
        drift.push({ kind: 'owner', path, wanted: ownerText(copy), found: ownerText(stat) });
      }
      return [...drift, ...this.#content(copy, folder, name)];
    });
  }

  #content({ path, sha256 }: ManifestCopy, folder: Folder, name: string): Drift[] {
    const wanted = 'the content that was placed';
    return this.#at(path, wanted, () => {
      const isAsPlaced = folder.digest(name).sha256 === (sha256 ?? this.#sourceSha256(path));
      return isAsPlaced ? [] : [{ kind: 'edited', path, wanted, found: 'another content' }];
    });
  }

  /** Where the manifest has no hash, what the copy was made of tells. */
  #sourceSha256(path: string): string {
    const { folder, name } = this.#root.locate(`${this.#from}/${path}`);
    using _ = folder;
    return folder.digest(name).sha256;
  }

  #at(path: string, wanted: string, look: (folder: Folder, name: string) => Drift[]): Drift[] {
    try {
      const at = ifThere(() => this.#chain.locate(path), ['FILE_MISSING', 'NOT_A_FOLDER']);
      return at === undefined ? [{ ...nothingThere, path, wanted }] : look(at.folder, at.name);
    } catch (thrown) {
      return [untold(path, wanted, thrown)];
    }
  }
}

function otherThan(
  path: string,
  wanted: string,
  folder: Folder,
  name: string,
  stat: FileStat | undefined,
): Drift {
  if (stat === undefined) return { ...nothingThere, path, wanted };
  const replaced = (found: string): Drift => ({ kind: 'replaced', path, wanted, found });
  if (stat.kind === 'link') return replaced(`a link to ${folder.readLink(name)}`);
  return replaced(stat.kind === 'other' ? 'a device, a socket or a pipe' : `a ${stat.kind}`);
}

function untold(path: string, wanted: string, thrown: unknown): Drift {
  if (!(thrown instanceof GenctlError)) throw thrown;
  return { kind: 'unknown', path, wanted, found: thrown.message };
}

function modeText({ mode }: { mode: number }): string {
  return `mode ${mode.toString(8).padStart(4, '0')}`;
}

function ownerText({ uid, gid }: { uid: number; gid: number }): string {
  return `owner ${uid}:${gid}`;
}
