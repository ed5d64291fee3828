import { GenctlError } from '../errors.ts';
import { contentAddressOf } from './address.ts';
import { fromBase32, toBase32 } from './nix-base32.ts';
import { osTreePath } from './os-tree/listing.ts';
import type { NarPathInfo, OsTreePathInfo, PathInfo } from './store.ts';
import {
  baseNameOf,
  hashPartOf,
  isStorePath,
  nameOf,
  type StorePath,
  sourcePath,
  storeFolder,
} from './store-path.ts';

/** Our own fields' version. Fields are only added to it; a larger number means other rules. */
const version = 1;

const contentAddressPrefix = 'fixed:r:sha256:';

/** What one `.narinfo` says, with the fields that this genctl does not know. */
export interface NarInfo {
  info: PathInfo;
  /** Other fields, in their order; a name can come more than once (`Sig`). */
  others: readonly Field[];
}

/** The name of a path's `.narinfo`. */
export function narInfoName(path: StorePath): string {
  return `${hashPartOf(path)}.narinfo`;
}

/** Where the NAR lies in a binary cache that holds these `.narinfo` files, below its folder. */
export function narFileOf(info: NarPathInfo): { folder: string; name: string } {
  return { folder: 'nar', name: `${toBase32(info.narHash)}.nar` };
}

/**
 * Metadata of a path in the format of Nix's binary caches (libstore's nar-info.cc; Nix manual,
 * "Binary cache"), so that Nix can read a folder of them as one once the NARs are dumped beside it.
 * Our own fields begin with `X-Genctl-`; Nix passes over fields it does not know.
 */
export function renderNarInfo({ info, others }: NarInfo): string {
  const ownFields = info.kind === 'nar' ? narFields(info) : osTreeFields(info);
  const fields: Field[] = [['StorePath', info.path], ...ownFields, ...others];
  if (info.kind === 'nar' && info.contentAddress !== undefined) {
    fields.push(['CA', info.contentAddress]);
  }
  return fields.map(([name, value]) => `${name}: ${value}\n`).join('');
}

type Field = readonly [name: string, value: string];

function narFields(info: NarPathInfo): Field[] {
  const hash = toBase32(info.narHash);
  const narFile = narFileOf(info);
  return [
    ['URL', `${narFile.folder}/${narFile.name}`],
    ['Compression', 'none'],
    ['FileHash', `sha256:${hash}`],
    ['FileSize', String(info.narSizeBytes)],
    ['NarHash', `sha256:${hash}`],
    ['NarSize', String(info.narSizeBytes)],
    ['References', info.references.map(baseNameOf).join(' ')],
    ['X-Genctl-Version', String(version)],
    ['X-Genctl-Kind', info.kind],
  ];
}

/** Without what Nix needs: it can neither read such a path nor take it for one of its own. */
function osTreeFields(info: OsTreePathInfo): Field[] {
  return [
    ['References', info.references.map(baseNameOf).join(' ')],
    ['X-Genctl-Version', String(version)],
    ['X-Genctl-Kind', info.kind],
    ['X-Genctl-TreeHash', `sha256:${toBase32(info.treeHash)}`],
    ['X-Genctl-TreeSize', String(info.sizeBytes)],
  ];
}

/**
 * Reads a `.narinfo`, ours or a binary cache's. Where it has a content address, the store path
 * must follow from that and the references, so damage to any of the three is seen.
 *
 * @param subject what the text is, for messages
 * @throws GenctlError NARINFO_INVALID, NARINFO_NEWER
 */
export function parseNarInfo(text: string, subject: string): NarInfo {
  const fields = new Fields(text, subject);
  const writtenBy = fields.take('X-Genctl-Version') ?? String(version);
  const kind = fields.take('X-Genctl-Kind') ?? 'nar';
  if (writtenBy !== String(version) || (kind !== 'nar' && kind !== 'os-tree')) {
    throw new GenctlError(
      'NARINFO_NEWER',
      `cannot read ${subject}: it is of version ${writtenBy} and kind ${kind}, and this genctl knows version ${version} and the kinds nar and os-tree`,
      { hint: 'Use the genctl that wrote it, or a newer one.' },
    );
  }
  const path = fields.need('StorePath');
  if (!isStorePath(path)) throw fields.flaw(`${JSON.stringify(path)} is no store path`);
  const info = kind === 'nar' ? parseNar(path, fields) : parseOsTree(path, fields);
  return { info, others: fields.rest };
}

function parseNar(path: StorePath, fields: Fields): NarPathInfo {
  const narHash = parseSha256(fields.need('NarHash'));
  if (narHash === undefined) throw fields.flaw('NarHash is no SHA-256');
  const narSizeBytes = Number(fields.need('NarSize'));
  if (!Number.isSafeInteger(narSizeBytes) || narSizeBytes <= 0) {
    throw fields.flaw('NarSize is no size');
  }
  const references = parseReferences(fields);
  const contentAddress = fields.take('CA');
  const info: NarPathInfo = {
    kind: 'nar',
    path,
    references,
    narHash,
    narSizeBytes,
    contentAddress,
  };
  if (pathFrom(info) !== path) {
    throw fields.flaw('its StorePath does not follow from its References, NarHash and CA');
  }
  for (const computed of ['URL', 'Compression', 'FileHash', 'FileSize']) fields.take(computed);
  return info;
}

function parseOsTree(path: StorePath, fields: Fields): OsTreePathInfo {
  const treeHash = parseSha256(fields.need('X-Genctl-TreeHash'));
  if (treeHash === undefined) throw fields.flaw('X-Genctl-TreeHash is no SHA-256');
  const size = fields.need('X-Genctl-TreeSize');
  const sizeBytes = Number(size);
  if (!/^\d+$/.test(size) || !Number.isSafeInteger(sizeBytes)) {
    throw fields.flaw('X-Genctl-TreeSize is no size');
  }
  const references = parseReferences(fields);
  if (references.length > 0) throw fields.flaw('an operating-system tree refers to nothing');
  if (osTreePath(nameOf(path), treeHash) !== path) {
    throw fields.flaw('its StorePath does not follow from its X-Genctl-TreeHash');
  }
  return { kind: 'os-tree', path, references, treeHash, sizeBytes };
}

function parseReferences(fields: Fields): StorePath[] {
  return fields
    .need('References')
    .split(' ')
    .filter(base => base !== '')
    .map(base => {
      const reference = `${storeFolder}/${base}`;
      if (!isStorePath(reference)) throw fields.flaw(`the reference ${base} is no store path`);
      return reference;
    })
    .toSorted();
}

/** The path that the content address leads to; the path as it is where there is none to check. */
function pathFrom(info: NarPathInfo): StorePath {
  const { contentAddress, path, references } = info;
  if (!contentAddress?.startsWith(contentAddressPrefix)) return path;
  const sha256 = fromBase32(contentAddress.slice(contentAddressPrefix.length));
  const others = references.filter(reference => reference !== path);
  const self = others.length < references.length;
  // Without a reference to itself, the address is the NAR's own hash.
  if (!self && contentAddress !== contentAddressOf(info.narHash)) return '' as StorePath;
  const name = path.slice(storeFolder.length + 34);
  return sha256 === undefined ? ('' as StorePath) : sourcePath(name, sha256, { others, self });
}

function parseSha256(text: string): Buffer | undefined {
  const digits = /^sha256:(.*)$/.exec(text)?.[1] ?? '';
  if (/^[0-9a-f]{64}$/.test(digits)) return Buffer.from(digits, 'hex');
  return digits.length === 52 ? fromBase32(digits) : undefined;
}

/** The `Name: value` lines of a text. */
class Fields {
  readonly rest: (readonly [string, string])[] = [];
  readonly #subject: string;

  constructor(text: string, subject: string) {
    this.#subject = subject;
    if (!text.endsWith('\n')) throw this.flaw(text === '' ? 'it is empty' : 'it is cut off');
    for (const line of text.slice(0, -1).split('\n')) {
      const field = /^([^:\s]+): ?(.*)$/.exec(line);
      if (field === null) throw this.flaw(`${JSON.stringify(line)} is no field`);
      this.rest.push([field[1] ?? '', field[2] ?? '']);
    }
  }

  /** Takes a field out; undefined where there is none. */
  take(name: string): string | undefined {
    const at = this.rest.findIndex(field => field[0] === name);
    if (at < 0) return undefined;
    const [field] = this.rest.splice(at, 1);
    if (this.rest.some(other => other[0] === name)) throw this.flaw(`it has two fields ${name}`);
    return field?.[1];
  }

  need(name: string): string {
    const value = this.take(name);
    if (value === undefined) throw this.flaw(`it has no field ${name}`);
    return value;
  }

  flaw(reason: string): GenctlError {
    return new GenctlError('NARINFO_INVALID', `cannot read ${this.#subject}: ${reason}`);
  }
}
