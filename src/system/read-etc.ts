import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { etcPathProblem } from '../activation/etc-tree.ts';
import type { Folder } from '../host/folder.ts';
import { firstHidden, printableLine } from '../printable.ts';
import type { EtcProblem } from './etc-problem.ts';

/** One file or link that is declared for /etc: of the declaration's `etc/`, or of other options. */
export type EtcSource = EtcSourceFile | EtcSourceLink;

export interface EtcSourceFile {
  kind: 'file';
  /** Below `etc/`, without a leading slash. */
  path: string;
  /** Permission bits. */
  mode: number;
  /** Whose it is where nothing else is said: root's where left out. */
  owner?: { uid: number; gid: number } | undefined;
  /** Of its content, hexadecimal; it is read once, when it is asked for. */
  sha256: () => string;
}

export interface EtcSourceLink {
  kind: 'link';
  path: string;
  /** As it stands in the link. */
  target: string;
}

const badNameHint = 'Rename or remove it.';

/**
 * Lists the declaration's `etc/`, what cannot be declared set apart.
 *
 * @param folder has to stay open for as long as contents are asked for
 */
export function readEtc(folder: Folder | undefined): {
  sources: EtcSource[];
  problems: EtcProblem[];
} {
  const sources: EtcSource[] = [];
  const problems: EtcProblem[] = [];
  for (const found of folder === undefined ? [] : walk(folder, folder, '')) {
    if ('reason' in found) problems.push(found);
    else sources.push(found);
  }
  return { sources, problems };
}

/** A file of a text that other options come to. */
export function generatedFile(path: string, text: string, mode = 0o644): EtcSourceFile {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { kind: 'file', path, mode, sha256: () => sha256 };
}

/** The text of a file below a folder. */
export function textBelow(folder: Folder, path: string): string {
  return inItsFolder(folder, path, (parent, name) => parent.readFile(name, 1 << 20)).toString();
}

function* walk(
  top: Folder,
  folder: Folder,
  prefix: string,
): Generator<EtcSource | EtcProblem, void, undefined> {
  for (const { name: rawName, kind } of folder.rawEntries()) {
    const name = rawName.toString();
    const path = `${prefix}${name}`;
    const problem = isUtf8(rawName) ? nameProblem(path) : 'has a name that is not Unicode text';
    if (problem !== undefined) {
      const subject = printableLine(folder.join(name));
      yield { code: 'ETC_BAD_ENTRY', subject, reason: `it ${problem}`, hint: badNameHint };
    } else if (kind === 'folder') {
      using inner = folder.open(name);
      yield* walk(top, inner, `${path}/`);
    } else if (kind === 'file') {
      const mode = folder.stat(name)?.mode ?? 0;
      yield { kind, path, mode, sha256: once(() => digestBelow(top, path)) };
    } else if (kind === 'link') {
      const target = folder.readLinkRaw(name);
      if (isUtf8(target)) yield { kind, path, target: target.toString() };
      else yield badLink(folder.join(name), 'it leads to a path that is not Unicode text');
    } else {
      yield {
        code: 'ETC_UNSUPPORTED',
        subject: folder.join(name),
        reason: 'it is no file, folder or link, and only these can be declared',
        hint: 'Remove it; systemd makes devices and pipes by a file in etc/tmpfiles.d.',
      };
    }
  }
}

/** What is wrong with a link of the declaration. */
export function badLink(subject: string, reason: string): EtcProblem {
  return { code: 'ETC_BAD_LINK', subject, reason, hint: 'Let it lead elsewhere, or remove it.' };
}

function nameProblem(path: string): string | undefined {
  const character = firstHidden(path);
  return (
    etcPathProblem(path) ??
    (character === undefined ? undefined : `holds ${character}, which no name may hold`)
  );
}

function digestBelow(top: Folder, path: string): string {
  return inItsFolder(top, path, (parent, name) => parent.digest(name).sha256);
}

function inItsFolder<T>(top: Folder, path: string, work: (parent: Folder, name: string) => T): T {
  const [first = '', ...rest] = path.split('/');
  if (rest.length === 0) return work(top, first);
  using inner = top.open(first);
  return inItsFolder(inner, rest.join('/'), work);
}

function once<T>(work: () => T): () => T {
  let done: { value: T } | undefined;
  return () => {
    done ??= { value: work() };
    return done.value;
  };
}
