import { createHash } from 'node:crypto';
import source from '../../templates/manifest.sh.eta';
import { GenctlError } from '../errors.ts';
import { shellWord, template } from '../template.ts';
import {
  type ConflictPolicies,
  type EtcDirectLink,
  type EtcEntry,
  type EtcTree,
  etcTree,
  policyFor,
} from './etc-tree.ts';

interface ManifestData {
  header: string;
  etcPath: string;
  folders: readonly string[];
  links: readonly string[];
  directs: readonly EtcDirectLink[];
  copies: readonly CopyWords[];
  keeps: readonly string[];
}

/** A copy as it stands in shell text. */
export interface CopyWords {
  mode: string;
  uid: number;
  gid: number;
  path: string;
  sha256: string;
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
 *     direct 'localtime' '/usr/…'      /etc/X -> the target as it stands
 *     copy 0600 0 0 'ssh/key' 1f4a…    mode, user, group; SHA-256 of the content
 *     keep 'motd'                      what is in the way of this entry stays there
 *
 * `activate` keeps the applied one as its state. It carries lines with a verb that it does not
 * know along, and never runs them; words after those it knows are ignored.
 *
 * @param entries what is wanted below /etc, in any order
 * @param etcPath the store path that holds the content, by its own path without links in it
 * @param conflicts what becomes of things that are in the way
 * @throws GenctlError ETC_BAD_ENTRY, ETC_BAD_PATH
 */
export function etcManifest(
  entries: readonly EtcEntry[],
  etcPath: string,
  conflicts: ConflictPolicies,
): string {
  const tree = etcTree(entries);
  const { folders, links, directs } = tree;
  const header = manifestHeader(tree, etcPath, conflicts);
  const copies = copyWords(tree);
  const keeps = keptPaths(tree, conflicts);
  return render({ header, etcPath, folders, links, directs, copies, keeps });
}

/** The first line of a tree's manifest: two manifests with the same one are the same. */
export function manifestHeader(
  tree: EtcTree,
  etcPath: string,
  conflicts: ConflictPolicies,
): string {
  assertStateablePath(etcPath);
  const directs = tree.directs.map(({ path, target }) => [path, target]);
  const copies = copyWords(tree).map(copy => [
    copy.path,
    copy.mode,
    copy.uid,
    copy.gid,
    copy.sha256,
  ]);
  const { folders, links } = tree;
  const keeps = keptPaths(tree, conflicts);
  const content = JSON.stringify([etcPath, folders, links, directs, copies, keeps]);
  const fingerprint = createHash('sha256').update(content).digest('hex');
  return `manifest ${formatVersion} ${fingerprint}`;
}

/** The copies of a tree, in its order. */
export function copyWords({ copies }: EtcTree): CopyWords[] {
  return copies.map(({ mode, uid, gid, path, sha256 }) => ({
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    path,
    sha256,
  }));
}

function keptPaths({ links, directs, copies }: EtcTree, conflicts: ConflictPolicies): string[] {
  const paths = [...links, ...[...directs, ...copies].map(({ path }) => path)];
  return paths.filter(path => policyFor(conflicts, path) === 'keep');
}

function assertStateablePath(path: string): void {
  if (path.startsWith('/') && !path.includes('\n')) return;
  throw new GenctlError(
    'ETC_BAD_PATH',
    `${JSON.stringify(path)}: the path of an /etc tree is absolute and of one line`,
  );
}
