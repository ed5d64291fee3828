import { hash } from 'node:crypto';
import { GenctlError } from '../../errors.ts';
import { byBytes } from '../../host/folder.ts';
import { baseNameOf, makeStorePath, type StorePath } from '../store-path.ts';
import type { OsTreeEntry } from './os-tree-entry.ts';

/** The first line. Another version would give the same tree another name: this one is frozen. */
const heading = 'genctl-os-tree 1';

export const listingSuffix = '.listing';

/** A text as JSON has it. */
const quoted = '"(?:[^"\\\\]|\\\\(?:["\\\\/bfnrt]|u[0-9a-f]{4}))*"';
const attribute = ` (${quoted})=([0-9a-f]*)`;
const everyAttribute = new RegExp(attribute, 'gy');
const withMode = `([0-7]{1,4}) (\\d+) (\\d+) (${quoted})`;
const filePattern = new RegExp(
  `^file ${withMode} (\\d+) ([0-9a-f]{64})((?: ${quoted}=[0-9a-f]*)*)$`,
);
const folderPattern = new RegExp(`^folder ${withMode}((?: ${quoted}=[0-9a-f]*)*)$`);
const linkPattern = new RegExp(`^link (\\d+) (\\d+) (${quoted}) (${quoted})$`);

/**
 * What a tree holds, in the one form that it is named by: a line an entry, sorted by the bytes of
 * paths, numbers in decimal but for modes (octal), texts as JSON has them, bytes in hexadecimal.
 *
 *     genctl-os-tree 1
 *     folder MODE UID GID "PATH" ["ATTRIBUTE"=VALUE …]
 *     file MODE UID GID "PATH" BYTES SHA256 ["ATTRIBUTE"=VALUE …]
 *     link UID GID "PATH" "TARGET"
 *
 * @param entries in any order
 */
export function renderListing(entries: readonly OsTreeEntry[]): Buffer {
  const lines = sortedByPath(entries).map(lineOf);
  return Buffer.from(`${[heading, ...lines].join('\n')}\n`);
}

/** SHA-256 of a listing: what its tree is named by. */
export function treeHashOf(listing: Buffer): Buffer {
  return hash('sha256', listing, 'buffer');
}

/**
 * The store path of a tree. No path that is named by a NAR has this type in its hash, so none can
 * be the same.
 *
 * @throws GenctlError STORE_PATH_INVALID where the name is not allowed
 */
export function osTreePath(name: string, treeHash: Uint8Array): StorePath {
  return makeStorePath('os-tree', treeHash, name);
}

/** The name of a tree's listing in their folder. */
export function listingName(path: StorePath): string {
  return `${baseNameOf(path)}${listingSuffix}`;
}

/** The bytes of a tree's files, together. */
export function filesSizeBytes(entries: readonly OsTreeEntry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0);
}

/**
 * Reads a listing back.
 *
 * @param treeHash that it must have
 * @param subject what it is, for messages
 * @throws GenctlError OS_TREE_LISTING_INVALID
 */
export function parseListing(listing: Buffer, treeHash: Buffer, subject: string): OsTreeEntry[] {
  if (!treeHashOf(listing).equals(treeHash)) {
    throw listingInvalid(subject, 'its hash is not the one that is recorded');
  }
  const [first, ...lines] = listing.toString().split('\n');
  if (first !== heading) throw listingInvalid(subject, `it does not begin with "${heading}"`);
  if (lines.pop() !== '') throw listingInvalid(subject, 'it is cut off');
  return lines.map(line => {
    const entry = entryOf(line);
    if (entry !== undefined) return entry;
    throw listingInvalid(subject, `${JSON.stringify(line.slice(0, 200))} is no entry`);
  });
}

/** The error for what is recorded of a tree and cannot be what it was. */
export function listingInvalid(subject: string, reason: string): GenctlError {
  return new GenctlError('OS_TREE_LISTING_INVALID', `cannot read ${subject}: ${reason}`, {
    hint: 'Run `genctl store verify --repair`.',
  });
}

function lineOf(entry: OsTreeEntry): string {
  const path = JSON.stringify(entry.path);
  if (entry.kind === 'link') {
    return `link ${entry.uid} ${entry.gid} ${path} ${JSON.stringify(entry.target)}`;
  }
  const common = `${entry.kind} ${entry.mode.toString(8)} ${entry.uid} ${entry.gid} ${path}`;
  const content = entry.kind === 'file' ? ` ${entry.sizeBytes} ${entry.sha256}` : '';
  return common + content + attributesOf(entry.attributes);
}

/** Attributes as a listing has them, each after a space. */
export function attributesOf(attributes: ReadonlyMap<string, Buffer>): string {
  let text = '';
  for (const [name, value] of sortedAttributes(attributes)) {
    text += ` ${JSON.stringify(name)}=${value.toString('hex')}`;
  }
  return text;
}

function sortedAttributes(
  attributes: ReadonlyMap<string, Buffer>,
): readonly (readonly [string, Buffer])[] {
  return attributes.size < 2
    ? [...attributes]
    : [...attributes].toSorted(([left], [right]) =>
        byBytes(byteOrderKey(left), byteOrderKey(right)),
      );
}

function entryOf(line: string): OsTreeEntry | undefined {
  if (line.startsWith('link ')) {
    const [, uid, gid, path, target] = linkPattern.exec(line) ?? [];
    if (path === undefined || target === undefined) return undefined;
    return {
      kind: 'link',
      path: textOf(path),
      uid: Number(uid),
      gid: Number(gid),
      target: textOf(target),
    };
  }
  if (line.startsWith('folder ')) {
    const [, mode, uid, gid, path, attributes] = folderPattern.exec(line) ?? [];
    if (mode === undefined || path === undefined) return undefined;
    return {
      kind: 'folder',
      path: textOf(path),
      mode: Number.parseInt(mode, 8),
      uid: Number(uid),
      gid: Number(gid),
      attributes: attributesIn(attributes),
    };
  }
  const [, mode, uid, gid, path, sizeBytes, sha256, attributes] = filePattern.exec(line) ?? [];
  if (mode === undefined || path === undefined || sha256 === undefined) return undefined;
  return {
    kind: 'file',
    path: textOf(path),
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    sizeBytes: Number(sizeBytes),
    sha256,
    attributes: attributesIn(attributes),
  };
}

function textOf(json: string): string {
  return json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1);
}

const noAttributes: ReadonlyMap<string, Buffer> = new Map();

function attributesIn(text: string | undefined): ReadonlyMap<string, Buffer> {
  if (text === undefined || text === '') return noAttributes;
  return new Map(
    Array.from(text.matchAll(everyAttribute), ([, name = '', value = '']) => [
      textOf(name),
      Buffer.from(value, 'hex'),
    ]),
  );
}

/** By the bytes of paths, whatever their characters. */
function sortedByPath(entries: readonly OsTreeEntry[]): OsTreeEntry[] {
  const keyed = entries.map(entry => ({ entry, key: byteOrderKey(entry.path) }));
  keyed.sort((left, right) => byBytes(left.key, right.key));
  return keyed.map(({ entry }) => entry);
}

/** As Latin-1, the order of a text's characters is that of its UTF-8 bytes. */
function byteOrderKey(text: string): string {
  return isAscii.test(text) ? text : Buffer.from(text).toString('latin1');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const isAscii = /^[\0-\x7f]*$/;
