import { GenctlError } from '../../errors.ts';
import { ifThere } from '../../host/file-error.ts';
import type { Folder } from '../../host/folder.ts';
import { FolderChain } from '../../host/folder-chain.ts';
import type { Root } from '../../host/root.ts';
import { storeFolder, storePathAbove } from '../../store/store-path.ts';
import { hasManifest, readSystemManifest } from '../read-manifest.ts';
import type { EtcContent, EtcItem, Ownership } from './etc-content.ts';

/** Folders of NixOS's trees are links to other store paths now and then, never as deep as that. */
const mostLinkedFolders = 8;

/** What is longer is no mode and no name of a user, but a file of that name. */
const maxWordBytes = 256;

/**
 * What a system would put into /etc: by its manifest, or by the tree that NixOS makes, whose files
 * have `X.mode`, `X.uid` and `X.gid` beside them where they are copied.
 *
 * @throws GenctlError ETC_CONTENT_MISSING, ETC_CONTENT_FOREIGN
 */
export function readEtcContent(root: Root, system: string): EtcContent {
  return hasManifest(root, system) ? readManifestEtc(root, system) : readNixosEtc(root, system);
}

function readManifestEtc(root: Root, system: string): EtcContent {
  const { from, links, direct, copies } = readSystemManifest(root, system);
  const content = new Map<string, EtcItem>();
  for (const [path, target] of direct) content.set(path, { kind: 'link', target });
  if (from === undefined || (links.length === 0 && copies.length === 0)) return content;
  if (storePathAbove(from) === undefined) {
    // What is not in the store may be anybody's, and changes.
    throw new GenctlError(
      'ETC_CONTENT_FOREIGN',
      `${system}: the content of its /etc is at ${from}, which is not in the store`,
    );
  }
  using tree = root.folderIfThere(from);
  if (tree === undefined) throw contentMissing(system, from);
  using chain = new FolderChain(tree);
  const itemAt = (path: string, ownership: Ownership | undefined): EtcItem => {
    const at = ifThere(() => chain.locate(path), absent);
    const item = at && itemOf(root, at.folder, at.name, `${from}/${path}`, ownership);
    if (item === undefined) throw contentMissing(system, `${from}/${path}`);
    return item;
  };
  for (const path of links) content.set(path, itemAt(path, undefined));
  for (const { path, mode, uid, gid } of copies) {
    content.set(path, itemAt(path, { mode, owner: `${uid}:${gid}` }));
  }
  return content;
}

const absent = ['FILE_MISSING', 'NOT_A_FOLDER'];

function contentMissing(system: string, path: string): GenctlError {
  return new GenctlError(
    'ETC_CONTENT_MISSING',
    `${system}: ${path} is missing, which it wants in /etc`,
    { hint: 'See `genctl store verify`.' },
  );
}

/**
 * The item that a name in a tree makes; undefined where it makes none. A link into the store
 * stands for the file at its end, as NixOS's trees are made; another one is what it is.
 */
function itemOf(
  root: Root,
  folder: Folder,
  name: string,
  source: string,
  ownership: Ownership | undefined,
): EtcItem | undefined {
  const stat = folder.stat(name);
  if (stat?.kind === 'file') return { kind: 'file', source, stat, ownership };
  if (stat?.kind !== 'link') return undefined;
  const target = folder.readLink(name);
  const inStore = placeInStore(root, target);
  const end = inStore === undefined ? undefined : root.stat(inStore);
  if (inStore === undefined || end?.kind !== 'file') return { kind: 'link', target };
  return { kind: 'file', source: inStore, stat: end, ownership };
}

/** Where a link from a tree of the store ends, if it leads to another place of the store. */
function placeInStore(root: Root, target: string): string | undefined {
  if (storePathAbove(target) === undefined) return undefined;
  const real = (path: string): string | undefined =>
    ifThere(() => root.realPath(path), [...absent, 'LINK_LOOP', 'PATH_NOT_TEXT']);
  const place = real(target);
  return place?.startsWith(`${real(storeFolder) ?? storeFolder}/`) === true ? place : undefined;
}

function readNixosEtc(root: Root, system: string): EtcContent {
  using tree = root.folderIfThere(`${system}/etc`);
  if (tree === undefined) return new Map();
  const content = new Map(
    walk(root, { folder: tree, place: `${system}/etc`, prefix: '', depth: 0 }),
  );
  const textBeside = (path: string, suffix: string): string | undefined => {
    const item = content.get(path + suffix);
    if (item?.kind !== 'file' || item.stat.sizeBytes > maxWordBytes) return undefined;
    return root.readFile(item.source, maxWordBytes).toString('utf8').trim();
  };
  const modes = [...content.keys()].flatMap(path => {
    const mode = path.endsWith('.mode') ? textBeside(path, '') : undefined;
    return mode === undefined ? [] : [[path.slice(0, -'.mode'.length), mode] as const];
  });
  for (const [path, mode] of modes) {
    const item = content.get(path);
    if (item === undefined) continue;
    if (item.kind === 'file' && /^[0-7]{3,5}$/.test(mode)) {
      const owner = ['.uid', '.gid'].map(suffix => accountOf(textBeside(path, suffix))).join(':');
      const ownership = { mode: Number.parseInt(mode, 8), owner };
      content.set(path, { ...item, ownership });
    }
    for (const suffix of ['.mode', '.uid', '.gid']) content.delete(path + suffix);
  }
  return content;
}

/** NixOS writes numbers as `+0`, and names as they are. */
function accountOf(text: string | undefined): string {
  return text?.replace(/^\+/, '') ?? '0';
}

interface Branch {
  folder: Folder;
  /** Its logical path. */
  place: string;
  /** What it is below /etc, with a slash at the end. */
  prefix: string;
  /** How many links to folders have led there. */
  depth: number;
}

function* walk(root: Root, branch: Branch): Generator<[string, EtcItem], void, undefined> {
  const { folder } = branch;
  for (const name of folder.names()) {
    const path = branch.prefix + name;
    const place = `${branch.place}/${name}`;
    const item = itemOf(root, folder, name, place, undefined);
    const linked = item?.kind === 'link' ? linkedFolder(root, item.target) : undefined;
    if (linked !== undefined && branch.depth < mostLinkedFolders) {
      using inner = root.folder(linked);
      const depth = branch.depth + 1;
      yield* walk(root, { folder: inner, place: linked, prefix: `${path}/`, depth });
    } else if (item !== undefined) {
      yield [path, item];
    } else if (folder.stat(name)?.kind === 'folder') {
      using inner = folder.open(name);
      yield* walk(root, { ...branch, folder: inner, place, prefix: `${path}/` });
    }
  }
}

/** The folder of the store that a link leads to, if it does. */
function linkedFolder(root: Root, target: string): string | undefined {
  const place = placeInStore(root, target);
  return place !== undefined && root.stat(place)?.kind === 'folder' ? place : undefined;
}
