import { GenctlError } from '../errors.ts';

/** One wanted file below /etc. The folders above it are implied. */
export type EtcEntry = EtcLink | EtcCopy;

/** `/etc/PATH` becomes a link to `/etc/static/PATH`. */
export interface EtcLink {
  kind: 'link';
  /** Relative to /etc. */
  path: string;
}

/** `/etc/PATH` becomes a file of its own, because it needs a mode or an owner. */
export interface EtcCopy {
  kind: 'copy';
  path: string;
  mode: number;
  uid: number;
  gid: number;
}

/** Wanted entries, checked and in the one order that all that is rendered from them keeps. */
export interface EtcTree {
  /** Each folder before what it holds. */
  folders: readonly string[];
  /** Those of one folder beside each other. */
  links: readonly string[];
  copies: readonly EtcCopy[];
}

/** Names of one file system are no longer. */
const maxNameBytes = 255;
/** PATH_MAX is 4096; `/etc/.genctl/backup.N/` and the path of another root come before. */
const maxPathBytes = 3072;
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
    copies: sorted.filter(entry => entry.kind === 'copy'),
  };
}

function problemsOf(entry: EtcEntry): string[] {
  const shown = JSON.stringify(entry.path);
  const problem = pathProblem(entry.path);
  const problems = problem === undefined ? [] : [`${shown} ${problem}`];
  if (entry.kind === 'copy') {
    if (!isWholeNumber(entry.mode, maxMode)) problems.push(`${shown} has a mode out of range`);
    if (!isWholeNumber(entry.uid, maxAccount) || !isWholeNumber(entry.gid, maxAccount)) {
      problems.push(`${shown} has an owner out of range`);
    }
  }
  return problems;
}

function pathProblem(path: string): string | undefined {
  const names = path.split('/');
  const [first = ''] = names;
  if (path.includes('\0')) return 'holds NUL';
  if (path.includes('\n')) return 'holds a line break';
  if (/\p{Surrogate}/u.test(path)) return 'is not Unicode text';
  if (path.startsWith('/')) return 'is not relative to /etc';
  if (names.some(name => name === '')) return 'has an empty name in it';
  if (names.some(name => name === '.' || name === '..')) return 'has . or .. in it';
  if (first === 'static' || first.startsWith('.genctl')) return 'is a name that genctl uses itself';
  if (names.some(name => Buffer.byteLength(name) > maxNameBytes))
    return 'has too long a name in it';
  if (Buffer.byteLength(path) > maxPathBytes) return 'is too long';
  return undefined;
}

function isWholeNumber(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function byFolder(left: string, right: string): number {
  return byUtf8(folderOf(left), folderOf(right)) || byUtf8(left, right);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function byUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
