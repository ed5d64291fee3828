import { GenctlError } from '../errors.ts';

/** One wanted file below /etc. The folders above it are implied. */
export type EtcEntry = EtcLink | EtcDirectLink | EtcCopy;

/** `/etc/PATH` becomes a link to `/etc/static/PATH`. */
export interface EtcLink {
  kind: 'link';
  /** Relative to /etc. */
  path: string;
}

/** `/etc/PATH` becomes a link to `target` itself: for programs that look at where a link leads. */
export interface EtcDirectLink {
  kind: 'direct';
  path: string;
  /** As it shall stand in the link. */
  target: string;
}

/** `/etc/PATH` becomes a file of its own, because it needs a mode or an owner. */
export interface EtcCopy {
  kind: 'copy';
  path: string;
  mode: number;
  uid: number;
  gid: number;
  /** Of its content, hexadecimal. */
  sha256: string;
}

/**
 * What becomes of something that is in the way of an entry and is not ours, or is a copy that was
 * edited and shall change: the live switch is refused; it is backed up, and comes back once the
 * path is wanted no more; or it stays, and ours is not placed. At boot, `refuse` is `backup`.
 */
export type ConflictPolicy = 'refuse' | 'backup' | 'keep';

/** For all paths, and for those that differ from it. */
export interface ConflictPolicies {
  default: ConflictPolicy;
  /** By path below /etc. */
  paths: ReadonlyMap<string, ConflictPolicy>;
}

/** Wanted entries, checked and in the one order that all that is rendered from them keeps. */
export interface EtcTree {
  /** Each folder before what it holds. */
  folders: readonly string[];
  /** Those of one folder beside each other. */
  links: readonly string[];
  directs: readonly EtcDirectLink[];
  copies: readonly EtcCopy[];
}

/** What becomes of things in the way of one path. */
export function policyFor(policies: ConflictPolicies, path: string): ConflictPolicy {
  return policies.paths.get(path) ?? policies.default;
}

/** Names of one file system are no longer. */
const maxNameBytes = 255;
/** PATH_MAX is 4096; `/etc/.genctl/backup.N/` and the path of another root come before. */
const maxPathBytes = 3072;
/** What a link can hold. */
const maxTargetBytes = 4095;
const maxMode = 0o7777;
/** The number after it means "leave as it is" to chown(2). */
const maxAccount = 0xffff_fffe;

/**
 * Puts wanted entries in order.
 *
 * @throws GenctlError ETC_BAD_ENTRY with everything that is wrong with any of them
 */
export function etcTree(entries: readonly EtcEntry[]): EtcTree {
  const problems = entries.flatMap(entry => problemsOf(entry));
  const leaves = new Set<string>();
  for (const { path } of entries) {
    if (leaves.has(path)) problems.push(`${JSON.stringify(path)} is there twice`);
    leaves.add(path);
  }
  const folders = new Set(entries.flatMap(({ path }) => foldersAbove(path)));
  for (const path of leaves) {
    if (folders.has(path)) {
      problems.push(`${JSON.stringify(path)} is a file and the folder of another one`);
    }
  }
  if (problems.length > 0) {
    throw new GenctlError('ETC_BAD_ENTRY', `cannot lay /etc: ${problems.join('; ')}`, {
      hint: 'Rename or remove these files below etc/ in the declaration.',
    });
  }
  const sorted = entries.toSorted((left, right) => byFolder(left.path, right.path));
  return {
    folders: [...folders].toSorted(byUtf8),
    links: sorted.filter(entry => entry.kind === 'link').map(({ path }) => path),
    directs: sorted.filter(entry => entry.kind === 'direct'),
    copies: sorted.filter(entry => entry.kind === 'copy'),
  };
}

function problemsOf(entry: EtcEntry): string[] {
  const shown = JSON.stringify(entry.path);
  const problem = etcPathProblem(entry.path);
  const problems = problem === undefined ? [] : [`${shown} ${problem}`];
  if (entry.kind === 'direct') {
    const wrong = targetProblem(entry.target);
    if (wrong !== undefined) problems.push(`the target of ${shown} ${wrong}`);
  }
  if (entry.kind === 'copy') {
    if (!isWholeNumber(entry.mode, maxMode)) problems.push(`${shown} has a mode out of range`);
    if (!isWholeNumber(entry.uid, maxAccount) || !isWholeNumber(entry.gid, maxAccount)) {
      problems.push(`${shown} has an owner out of range`);
    }
    if (!/^[0-9a-f]{64}$/.test(entry.sha256)) problems.push(`${shown} has no SHA-256`);
  }
  return problems;
}

/** Why nothing can be of that path below /etc, one clause; undefined where something can. */
export function etcPathProblem(path: string): string | undefined {
  const names = path.split('/');
  const [first = ''] = names;
  const problem = textProblem(path);
  if (problem !== undefined) return problem;
  if (path.startsWith('/')) return 'is not relative to /etc';
  if (names.some(name => name === '')) return 'has an empty name in it';
  if (names.some(name => name === '.' || name === '..')) return 'has . or .. in it';
  if (first === 'static' || first.startsWith('.genctl')) return 'is a name that genctl uses itself';
  if (names.some(name => Buffer.byteLength(name) > maxNameBytes))
    return 'has too long a name in it';
  if (Buffer.byteLength(path) > maxPathBytes) return 'is too long';
  return undefined;
}

function targetProblem(target: string): string | undefined {
  if (target === '') return 'is empty';
  if (Buffer.byteLength(target) > maxTargetBytes) return 'is too long';
  return textProblem(target);
}

function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'holds NUL';
  if (text.includes('\n')) return 'holds a line break';
  if (/\p{Surrogate}/u.test(text)) return 'is not Unicode text';
  return undefined;
}

function isWholeNumber(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

/** `a` and `a/b` of `a/b/c`. */
export function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function byFolder(left: string, right: string): number {
  return byUtf8(folderOf(left), folderOf(right)) || byUtf8(left, right);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

export function byUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
