import { createHash } from 'node:crypto';
import { GenctlError } from '../errors.ts';
import { toBase32 } from './nix-base32.ts';

/** The one folder of all store paths. It is part of every path's hash and never moves. */
export const storeFolder = '/nix/store';

/** Characters of the hash part of a store path. */
export const hashPartLength = 32;

/** Nix's limit: 255, less the hash part, the dash and room for `.chroot.lock` and the like. */
const maxNameLength = 211;

declare const storePathBrand: unique symbol;

/**
 * A valid store path, `/nix/store/<32 base32>-<name>`, nothing below it. A plain string, so it
 * compares, sorts and serves as a key like one; `parseStorePath` and `makeStorePath` make it.
 */
export type StorePath = string & { readonly [storePathBrand]: true };

/** The references of a store path: what its content mentions, by hash part. */
export interface References {
  /** Other store paths. */
  others: readonly StorePath[];
  /** Whether the content mentions its own path. */
  self: boolean;
}

export const noReferences: References = { others: [], self: false };

/**
 * Reads a store path. Anything below one is refused: see `storePathAbove`.
 *
 * @throws GenctlError STORE_PATH_INVALID
 */
export function parseStorePath(text: string): StorePath {
  const reason = flawOf(text);
  if (reason === undefined) return text as StorePath;
  throw new GenctlError(
    'STORE_PATH_INVALID',
    `${JSON.stringify(text)} is no store path: ${reason}`,
  );
}

/** Whether a text is a store path. */
export function isStorePath(text: string): text is StorePath {
  return flawOf(text) === undefined;
}

/** The store path that a path is or lies in; undefined where it lies in none. */
export function storePathAbove(path: string): StorePath | undefined {
  const end = path.indexOf('/', storeFolder.length + 1);
  const top = end === -1 ? path : path.slice(0, end);
  return isStorePath(top) ? top : undefined;
}

/** `<hash>-<name>`: the path's name in the store's folder. */
export function baseNameOf(path: StorePath): string {
  return path.slice(storeFolder.length + 1);
}

/** The 32 characters that make a store path unique. */
export function hashPartOf(path: StorePath): string {
  return path.slice(storeFolder.length + 1, storeFolder.length + 1 + hashPartLength);
}

/** The name without the hash part. */
export function nameOf(path: StorePath): string {
  return path.slice(storeFolder.length + 2 + hashPartLength);
}

/**
 * The store path of something of a type, a hash and a name (Nix manual, "Complete Store Path
 * Calculation").
 *
 * @param type such as `source` or `source:/nix/store/…:self`
 * @param sha256 what the type says it is a hash of, 32 bytes
 * @throws GenctlError STORE_PATH_INVALID where the name is not allowed
 */
export function makeStorePath(type: string, sha256: Uint8Array, name: string): StorePath {
  const inner = `sha256:${Buffer.from(sha256).toString('hex')}`;
  const fingerprint = `${type}:${inner}:${storeFolder}:${name}`;
  const digest = createHash('sha256').update(fingerprint).digest();
  return parseStorePath(`${storeFolder}/${toBase32(compressHash(digest, 20))}-${name}`);
}

/**
 * The store path of a file tree named by its NAR: what `nix-store --add` and `builtins.path` give
 * without references, and `nix store make-content-addressed` with them.
 *
 * @param sha256 of the NAR; with a reference to itself, of the NAR modulo itself
 *   (`self-reference.ts`)
 */
export function sourcePath(
  name: string,
  sha256: Uint8Array,
  references: References = noReferences,
): StorePath {
  const type = ['source', ...[...new Set(references.others)].toSorted()];
  if (references.self) type.push('self');
  return makeStorePath(type.join(':'), sha256, name);
}

/** Folds a hash to a shorter one by exclusive or, as Nix does. */
export function compressHash(hash: Uint8Array, lengthBytes: number): Buffer {
  const folded = Buffer.alloc(lengthBytes);
  for (let at = 0; at < hash.length; at++) {
    folded[at % lengthBytes] = (folded[at % lengthBytes] ?? 0) ^ (hash[at] ?? 0);
  }
  return folded;
}

/**
 * The nearest valid store path name to any text: what is not allowed becomes a dash, leading dots
 * and dashes go, and what is too long is cut.
 */
export function toStorePathName(text: string): string {
  const name = text
    .replaceAll(/[^0-9A-Za-z+\-._?=]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, maxNameLength)
    .replace(/-+$/, '');
  return name === '' ? 'unnamed' : name;
}

/** Why a text is no store path, as a clause; undefined where it is one. */
function flawOf(text: string): string | undefined {
  if (!text.startsWith(`${storeFolder}/`)) return `it is not in ${storeFolder}`;
  const base = text.slice(storeFolder.length + 1);
  if (base.includes('/')) return 'it goes on below a store path';
  const dash = base.charAt(hashPartLength);
  if (!/^[0-9abcdfghijklmnpqrsvwxyz]{32}/.test(base) || (dash !== '-' && dash !== '')) {
    return `it does not begin with a hash of ${hashPartLength} characters and a dash`;
  }
  return nameFlawOf(base.slice(hashPartLength + 1));
}

function nameFlawOf(name: string): string | undefined {
  if (name === '') return 'its name is empty';
  if (name.length > maxNameLength) {
    return `its name has ${name.length} characters, more than ${maxNameLength}`;
  }
  // Nix 2.3 refuses every leading dot, 2.4 to 2.18 none, newer ones `.`, `..`, `.-` and `..-`.
  if (name.startsWith('.')) return 'its name begins with a dot';
  const bad = /[^0-9A-Za-z+\-._?=]/.exec(name);
  return bad === null ? undefined : `its name has the character ${JSON.stringify(bad[0])}`;
}
