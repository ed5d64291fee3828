import { createHash } from 'node:crypto';
import source from '../../templates/manifest.sh.eta';
import { GenctlError } from '../errors.ts';
import { shellWord, template } from '../template.ts';
import { type EtcEntry, type EtcTree, etcTree } from './etc-tree.ts';

interface ManifestData {
  header: string;
  etcPath: string;
  folders: readonly string[];
  links: readonly string[];
  copies: readonly { mode: string; uid: number; gid: number; path: string }[];
}

const render = template<ManifestData>(source, shellWord);

/**
 * The version of the line format. It is frozen: what is new becomes a verb of its own or a word
 * at the end of a line, so that an older `activate` can work on what a newer one left behind.
 */
const formatVersion = 1;

/**
 * The manifest of a wanted /etc: shell text of one entry a line, `VERB WORD…`, each word quoted.
 *
 *     manifest 1 FINGERPRINT           the first line: format version, hash of the rest
 *     from '/nix/store/…-etc'          where the links' and copies' content is
 *     folder 'ssh'                     each before what it holds
 *     link 'ssh/ssh_config'            /etc/X -> /etc/static/X
 *     copy 0600 0 0 'ssh/key'          mode, user, group
 *
 * `activate` keeps the applied one as its state. It carries lines with a verb that it does not
 * know along, and never runs them; words after those it knows are ignored.
 *
 * @param entries what is wanted below /etc, in any order
 * @param etcPath the store path that holds the content, by its own path without links in it
 * @throws GenctlError ETC_BAD_ENTRY, ETC_BAD_PATH
 */
export function etcManifest(entries: readonly EtcEntry[], etcPath: string): string {
  const tree = etcTree(entries);
  const header = manifestHeader(tree, etcPath);
  const copies = tree.copies.map(({ mode, uid, gid, path }) => ({
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    path,
  }));
  return render({ header, etcPath, folders: tree.folders, links: tree.links, copies });
}

/** The first line of a tree's manifest: two manifests with the same one are the same. */
export function manifestHeader(tree: EtcTree, etcPath: string): string {
  assertStateablePath(etcPath);
  const copies = tree.copies.map(({ path, mode, uid, gid }) => [path, mode, uid, gid]);
  const content = JSON.stringify([etcPath, tree.folders, tree.links, copies]);
  const fingerprint = createHash('sha256').update(content).digest('hex');
  return `manifest ${formatVersion} ${fingerprint}`;
}

function assertStateablePath(path: string): void {
  if (path.startsWith('/') && !path.includes('\n')) return;
  throw new GenctlError(
    'ETC_BAD_PATH',
    `${JSON.stringify(path)}: the path of an /etc tree is absolute and of one line`,
  );
}
