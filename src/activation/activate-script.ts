import start from '../../templates/activate/01-start.sh.eta';
import wanted from '../../templates/activate/02-wanted.sh.eta';
import questions from '../../templates/activate/03-questions.sh.eta';
import usr from '../../templates/activate/04-usr.sh.eta';
import present from '../../templates/activate/05-present.sh.eta';
import before from '../../templates/activate/06-before.sh.eta';
import records from '../../templates/activate/07-records.sh.eta';
import edited from '../../templates/activate/08-edited.sh.eta';
import leaving from '../../templates/activate/09-leaving.sh.eta';
import inTheWay from '../../templates/activate/10-in-the-way.sh.eta';
import blocked from '../../templates/activate/11-blocked.sh.eta';
import plan from '../../templates/activate/12-plan.sh.eta';
import apply from '../../templates/activate/13-apply.sh.eta';
import { shellWord, template } from '../template.ts';
import { type CopyWords, copyWords, manifestHeader } from './etc-manifest.ts';
import {
  byUtf8,
  type ConflictPolicies,
  type ConflictPolicy,
  type EtcDirectLink,
  type EtcEntry,
  type EtcTree,
  etcTree,
  foldersAbove,
  policyFor,
} from './etc-tree.ts';
import { interpreterLine } from './interpreter-line.ts';
import type { OwnUsr } from './own-usr.ts';

export interface ActivateOptions {
  /** What `etcManifest` was given. */
  entries: readonly EtcEntry[];
  /** What `etcManifest` was given: /etc/static will point there. */
  etcPath: string;
  /** What `etcManifest` was given. */
  conflicts: ConflictPolicies;
  /** Where the text of `etcManifest` is: its own path, no link on the way. */
  manifestPath: string;
  /** What /run/current-system will point to. */
  systemPath: string;
  /** The interpreter: dash, busybox ash or another POSIX shell; /bin/sh unless told. */
  shell?: string | undefined;
  /** PATH for coreutils or busybox; the caller's unless told. */
  toolPath?: string | undefined;
  /** What the system brings in place of the machine's /usr, if it does. */
  usr?: OwnUsr | undefined;
}

interface ActivateData {
  shell: string;
  toolPath: string | undefined;
  systemPath: string;
  etcPath: string;
  manifestPath: string;
  header: string;
  folders: readonly (readonly string[])[];
  links: readonly (readonly string[])[];
  directs: readonly (readonly EtcDirectLink[])[];
  copies: readonly CopyWords[];
  listings: readonly Listing[];
  policy: ConflictPolicy;
  policies: readonly PathsOfPolicy[];
  usr: OwnUsr | undefined;
}

/** What a folder has to hold, one path a line. */
interface Listing {
  /** `.` for /etc itself. */
  folder: string;
  /** In the order in which a shell's `*` shows them. */
  shown: string;
  /** Those whose names begin with a dot. */
  hidden: string;
}

/** The paths of one policy: each is in the list of one only. */
interface PathsOfPolicy {
  policy: ConflictPolicy;
  paths: readonly string[];
}

/** Below what every Linux takes as the arguments of one program (128 KiB), with much to spare. */
const maxChunkBytes = 60_000;

/** In the order in which they are run: first all is looked at and decided, then it is done. */
const parts = [
  start,
  wanted,
  questions,
  usr,
  present,
  before,
  records,
  edited,
  leaving,
  inTheWay,
  blocked,
  plan,
  apply,
];

const render = template<ActivateData>(parts.join(''), shellWord);

/**
 * The `activate` script of a system: POSIX shell that applies its /etc, or lists what that would
 * do. It holds the wanted names itself, so that an unchanged machine costs it one `readlink`.
 *
 * @throws GenctlError ETC_BAD_ENTRY, ETC_BAD_PATH, UNSAFE_TEXT
 */
export function renderActivate(options: ActivateOptions): string {
  const { etcPath, conflicts } = options;
  const tree = etcTree(options.entries);
  const links = chunks(tree.links, path => Buffer.byteLength(`/etc/static/${path}`));
  return render({
    shell: interpreterLine(options.shell ?? '/bin/sh'),
    toolPath: options.toolPath,
    systemPath: options.systemPath,
    etcPath,
    manifestPath: options.manifestPath,
    header: manifestHeader(tree, etcPath, conflicts),
    folders: chunks(tree.folders, path => Buffer.byteLength(path)),
    links,
    directs: chunks(tree.directs, ({ path, target }) => Buffer.byteLength(path + target) + 1),
    copies: copyWords(tree),
    listings: listingsOf(tree),
    policy: conflicts.default,
    policies: otherPolicies(tree, conflicts),
    usr: options.usr,
  });
}

function listingsOf({ folders, links, directs, copies }: EtcTree): Listing[] {
  const byFolder = new Map<string, string[]>();
  const paths = [...folders, ...links, ...[...directs, ...copies].map(({ path }) => path)];
  for (const path of paths.toSorted(byUtf8)) {
    const folder = path.slice(0, Math.max(path.lastIndexOf('/'), 0)) || '.';
    const inside = byFolder.get(folder);
    if (inside === undefined) byFolder.set(folder, [path]);
    else inside.push(path);
  }
  const isHidden = (path: string): boolean => /(?:^|\/)\.[^/]*$/.test(path);
  return [...byFolder].map(([folder, inside]) => ({
    folder,
    shown: inside.filter(path => !isHidden(path)).join('\n'),
    hidden: inside.filter(isHidden).join('\n'),
  }));
}

/** The paths that are not dealt with by default: of entries, and of folders by what is below. */
function otherPolicies(tree: EtcTree, conflicts: ConflictPolicies): PathsOfPolicy[] {
  const byPath = new Map(conflicts.paths);
  for (const [folder, policy] of folderPolicies(tree, conflicts)) {
    if (!byPath.has(folder)) byPath.set(folder, policy);
  }
  return (['refuse', 'backup', 'keep'] as const)
    .filter(policy => policy !== conflicts.default)
    .map(policy => ({
      policy,
      paths: [...byPath].filter(([, own]) => own === policy).map(([path]) => path),
    }))
    .filter(({ paths }) => paths.length > 0);
}

/** What is in the place of a folder may stay only where all that is wanted below may be missing. */
function folderPolicies(
  { links, directs, copies }: EtcTree,
  conflicts: ConflictPolicies,
): ReadonlyMap<string, ConflictPolicy> {
  const strictness = { keep: 0, backup: 1, refuse: 2 } as const;
  const result = new Map<string, ConflictPolicy>();
  for (const path of [...links, ...[...directs, ...copies].map(copy => copy.path)]) {
    const policy = policyFor(conflicts, path);
    for (const folder of foldersAbove(path)) {
      const known = result.get(folder);
      if (known === undefined || strictness[policy] > strictness[known]) {
        result.set(folder, policy);
      }
    }
  }
  return result;
}

/** Divides a list into parts of a size that one program can be called with. */
function chunks<Item>(items: readonly Item[], sizeOf: (item: Item) => number): Item[][] {
  const result: Item[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const added = sizeOf(item) + 1;
    if (size + added > maxChunkBytes) {
      result.push([]);
      size = 0;
    }
    result.at(-1)?.push(item);
    size += added;
  }
  return result;
}
