import type { EtcContent, EtcFileItem, EtcItem } from './etc-content.ts';

/** A path of /etc at which two systems differ. */
export interface EtcChange {
  path: string;
  /** Undefined where the system before has nothing there. */
  before: EtcItem | undefined;
  /** Undefined where the system after has nothing there. */
  after: EtcItem | undefined;
  texts: Texts;
}

/** How the content of a file differs: not at all, from one text to another, or not to be shown. */
export type Texts = 'same' | Hidden | { before: string; after: string };

/** Why it is not shown: not everybody may read it, it is no text, or it is too long. */
export type Hidden = 'secret' | 'binary' | 'large';

/** How files of the store are read. */
export interface SourceReader {
  read(source: string, maxBytes: number): Buffer;
  sha256(source: string): string;
}

/** What is longer is nobody's to read as a difference. */
const maxTextBytes = 256 << 10;

/** Where two systems differ in what they put into /etc, by path. Pure but for the reader. */
export function diffEtc(before: EtcContent, after: EtcContent, reader: SourceReader): EtcChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return paths.flatMap(path => {
    const change = changeAt(path, before.get(path), after.get(path), reader);
    return change === undefined ? [] : [change];
  });
}

function changeAt(
  path: string,
  before: EtcItem | undefined,
  after: EtcItem | undefined,
  reader: SourceReader,
): EtcChange | undefined {
  const change = (texts: Texts): EtcChange => ({ path, before, after, texts });
  if (before?.kind !== 'file' || after?.kind !== 'file') {
    const isSameLink =
      before?.kind === 'link' && after?.kind === 'link' && before.target === after.target;
    return isSameLink ? undefined : change('same');
  }
  const texts = textsOf(before, after, reader);
  return texts === 'same' && hasSameOwnership(before, after) ? undefined : change(texts);
}

function hasSameOwnership({ ownership: before }: EtcFileItem, { ownership }: EtcFileItem): boolean {
  return before?.mode === ownership?.mode && before?.owner === ownership?.owner;
}

function textsOf(before: EtcFileItem, after: EtcFileItem, reader: SourceReader): Texts {
  if (isSameContent(before, after, reader)) return 'same';
  if (isSecret(before) || isSecret(after)) return 'secret';
  if (before.stat.sizeBytes > maxTextBytes || after.stat.sizeBytes > maxTextBytes) return 'large';
  const [from, to] = [before, after].map(({ source }) => textOf(reader.read(source, maxTextBytes)));
  return from === undefined || to === undefined ? 'binary' : { before: from, after: to };
}

function isSameContent(before: EtcFileItem, after: EtcFileItem, reader: SourceReader): boolean {
  const [from, to] = [before.stat, after.stat];
  if (from.device === to.device && from.inode === to.inode) return true;
  if (from.sizeBytes !== to.sizeBytes) return false;
  return reader.sha256(before.source) === reader.sha256(after.source);
}

/** Not everybody may read the copy that is made of it. */
function isSecret({ ownership }: EtcFileItem): boolean {
  return ownership !== undefined && (ownership.mode & 0o004) === 0;
}

/** The text that a content is; undefined where it is none. */
function textOf(content: Buffer): string | undefined {
  const text = content.toString('utf8');
  return content.includes(0) || !Buffer.from(text).equals(content) ? undefined : text;
}
