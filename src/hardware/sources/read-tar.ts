import { formatBytes } from '../../bytes.ts';
import { GenctlError } from '../../errors.ts';
import { whatFromTakes } from './accepted-sources.ts';
import { readPaxRecords } from './pax-records.ts';
import { blockBytes, isEndBlock, isTarHeader, readTarHeader, readText } from './tar-header.ts';
import { folderEntry, linkEntry, type TreeEntry } from './tree-entry.ts';
import { maxUnpackedBytes } from './unpack-gzip.ts';

const maxEntries = 200_000;
/** Longer files are left out: none that a probe reads is. */
const maxFileBytes = 4 << 20;
/** Of a name that does not fit into a header; far above PATH_MAX. */
const maxExtraBytes = 1 << 20;
/** PATH_MAX. */
const maxTargetBytes = 4096;

export interface TarContent {
  /** By absolute path. */
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** Absolute paths of files that are there and longer than anything that is read here. */
  readonly tooLong: readonly string[];
}

/** What follows a header. A tar of a machine has thousands of files, and few are ever looked at. */
class TarFile {
  readonly kind = 'file';
  readonly sizeBytes: number;
  readonly #tar: Buffer;
  readonly #start: number;

  constructor(tar: Buffer, start: number, sizeBytes: number) {
    this.#tar = tar;
    this.#start = start;
    this.sizeBytes = sizeBytes;
  }

  get bytes(): Buffer {
    return this.#tar.subarray(this.#start, this.#start + this.sizeBytes);
  }
}

/** What was written before an entry because it does not fit into its header. */
interface Extra {
  name?: string | undefined;
  linkTarget?: string | undefined;
  sizeBytes?: number | undefined;
}

/**
 * Reads a tar that is in memory: files, links and folders, the rest (hard links, devices, FIFOs) is
 * passed over. Of several entries of one name the last one counts, as when a tar is unpacked.
 * Nothing is written anywhere, so that a name cannot do harm; one that would, unpacked by
 * others, is refused all the same. (Packages that read tars do it in streams, and unpack.)
 *
 * @throws GenctlError CAPTURE_UNKNOWN, CAPTURE_DAMAGED, CAPTURE_EMPTY, CAPTURE_UNSAFE,
 *   SOURCE_TOO_LARGE
 */
export function readTar(tar: Uint8Array): TarContent {
  if (tar.length > maxUnpackedBytes) {
    throw tooLarge(`it takes more than ${formatBytes(maxUnpackedBytes)}`);
  }
  const bytes = Buffer.from(tar.buffer, tar.byteOffset, tar.byteLength);
  const entries = new Map<string, TreeEntry>();
  const tooLong: string[] = [];
  let extra: Extra = {};
  let last = '';
  let seen = 0;
  for (let at = 0; !isEndBlock(bytes, at); ) {
    if (!isTarHeader(bytes, at)) throw at === 0 ? notATar() : noHeader(bytes.length - at, last);
    const header = readTarHeader(bytes, at);
    const sizeBytes = extra.sizeBytes ?? header?.sizeBytes;
    if (header === undefined || sizeBytes === undefined) throw damaged('a size is no number', last);
    const name = extra.name ?? header.name;
    const start = at + blockBytes;
    at = start + Math.ceil(sizeBytes / blockBytes) * blockBytes;
    if (at > bytes.length) throw damaged(`it is cut off in ${quoted(name)}`, last);
    if (++seen > maxEntries) throw tooLarge(`it holds more than ${maxEntries} entries`);
    const file = new TarFile(bytes, start, sizeBytes);
    const more = readExtra(header.type, file, name);
    if (more !== undefined) {
      extra = { ...extra, ...more };
      continue;
    }
    const path = safePath(name);
    const entry = toEntry(header.type, name, file, extra.linkTarget ?? header.linkTarget);
    if (entry !== undefined && path !== '/') {
      entries.delete(path);
      if (entry === 'too long') tooLong.push(path);
      else entries.set(path, entry);
    }
    last = name;
    extra = {};
  }
  if (seen === 0) throw new GenctlError('CAPTURE_EMPTY', 'it is a tar without any entry');
  return { entries, tooLong };
}

/** What is said of the next entry; undefined where the entry is one itself. */
function readExtra(type: string, file: TarFile, name: string): Extra | undefined {
  if (type === 'g') return {};
  if (type !== 'x' && type !== 'L' && type !== 'K') return undefined;
  if (file.sizeBytes > maxExtraBytes) throw damaged('a name is longer than any path', name);
  const content = file.bytes;
  if (type === 'L') return { name: readText(content, 0, content.length) };
  if (type === 'K') return { linkTarget: readText(content, 0, content.length) };
  const records = readPaxRecords(content);
  const size = records?.get('size');
  if (records === undefined || (size !== undefined && !/^[0-9]{1,15}$/.test(size))) {
    throw damaged('an extended header is not as its format says', name);
  }
  const extra: Extra = {};
  if (records.has('path')) extra.name = records.get('path');
  if (records.has('linkpath')) extra.linkTarget = records.get('linkpath');
  if (size !== undefined) extra.sizeBytes = Number(size);
  return extra;
}

function toEntry(
  type: string,
  name: string,
  file: TarFile,
  linkTarget: string,
): TreeEntry | 'too long' | undefined {
  switch (type) {
    case '0':
    case '7':
    case '\0':
      // Before POSIX a folder was a file whose name ends with a slash.
      if (name.endsWith('/')) return folderEntry;
      return file.sizeBytes > maxFileBytes ? 'too long' : file;
    case '2':
      if (linkTarget.includes('\0') || Buffer.byteLength(linkTarget) > maxTargetBytes) {
        throw unsafe(name, 'it is a link to what is no path');
      }
      return linkEntry(linkTarget);
    case '5':
      return folderEntry;
    default:
      return undefined;
  }
}

/** The absolute path of an entry. @throws GenctlError CAPTURE_UNSAFE */
function safePath(name: string): string {
  if (name.startsWith('/')) throw unsafe(name, 'its name is absolute');
  if (name.includes('\0')) throw unsafe(name, 'its name holds NUL');
  // Of a part that is empty, `.` or `..`; the slash behind a folder's name makes one, too.
  if (!/(?:^|\/)\.{0,2}(?:\/|$)/.test(name)) return `/${name}`;
  const parts = name.replace(/\/$/, '').split('/');
  if (parts.includes('..')) throw unsafe(name, 'its name leads out of the archive');
  if (parts.includes('')) throw unsafe(name, 'its name has an empty part');
  return `/${parts.filter(part => part !== '.').join('/')}`;
}

function unsafe(name: string, why: string): GenctlError {
  return new GenctlError('CAPTURE_UNSAFE', `${quoted(name)} in it: ${why}`, {
    hint: 'Do not unpack it; ask whoever it is from.',
  });
}

function noHeader(restBytes: number, last: string): GenctlError {
  return restBytes < blockBytes
    ? damaged('it is cut off', last)
    : damaged('a header has another checksum than it says', last);
}

function damaged(why: string, after: string): GenctlError {
  const place = after === '' ? 'at its first entry' : `after ${quoted(after)}`;
  return new GenctlError('CAPTURE_DAMAGED', `${why}, ${place}`, {
    hint: 'Copy the file again, or take the capture again.',
  });
}

function tooLarge(why: string): GenctlError {
  return new GenctlError('SOURCE_TOO_LARGE', `${why}, which no machine's files do`);
}

function notATar(): GenctlError {
  return new GenctlError('CAPTURE_UNKNOWN', 'it is not a tar', { hint: whatFromTakes });
}

/** A name can be as long as the archive. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
