import { createHash } from 'node:crypto';
import { narOf } from './nar.ts';
import { toBase32 } from './nix-base32.ts';
import { type ReferenceCandidates, ReferenceScanner } from './references.ts';
import { ModuloHash, placeholderHashPart } from './self-reference.ts';
import type { AddOptions, NarPathInfo } from './store.ts';
import { hashPartOf, type References, type StorePath, sourcePath } from './store-path.ts';
import type { Tree } from './tree.ts';

/** What a tree is called in every store, and why. */
export interface Address {
  path: StorePath;
  references: References;
  /**
   * What the path was made from: SHA-256 of the NAR, or of the NAR modulo the path's own hash
   * part where the content mentions it.
   */
  sha256: Buffer;
}

/**
 * The store path of a tree, the same on every machine, computed without a store: reads all of the
 * tree once.
 *
 * @throws GenctlError STORE_PATH_INVALID, and what `narOf` throws
 */
export function addressOf(name: string, tree: Tree, options: AddOptions = {}): Address {
  const ownHashPart = options.mentionsSelf === true ? placeholderHashPart : undefined;
  const reading = readNar(narOf(tree), options.inputs ?? [], ownHashPart);
  const { references } = reading;
  const sha256 = reading.moduloSha256 ?? reading.narSha256;
  return { path: sourcePath(name, sha256, references), references, sha256 };
}

/** What one pass over a NAR tells. */
export interface NarReading {
  narSha256: Buffer;
  narSizeBytes: number;
  references: References;
  /** SHA-256 modulo the path's own hash part; undefined where the NAR does not mention it. */
  moduloSha256: Buffer | undefined;
}

/**
 * Hashes a NAR and looks for references, in one pass.
 *
 * @param inputs store paths that it may mention
 * @param ownHashPart the hash part that stands for its own path
 */
export function readNar(
  pieces: Iterable<Buffer>,
  inputs: Iterable<StorePath> | ReferenceCandidates,
  ownHashPart: string | undefined,
): NarReading {
  const hash = createHash('sha256');
  const scanner = new ReferenceScanner(inputs);
  const modulo = ownHashPart === undefined ? undefined : new ModuloHash(ownHashPart);
  let narSizeBytes = 0;
  for (const piece of pieces) {
    hash.update(piece);
    scanner.push(piece);
    modulo?.push(piece);
    narSizeBytes += piece.length;
  }
  const others = scanner.found.filter(path => hashPartOf(path) !== ownHashPart);
  const own = modulo?.finish();
  const self = own !== undefined && own.matches > 0;
  return {
    narSha256: hash.digest(),
    narSizeBytes,
    references: { others, self },
    moduloSha256: self ? own.sha256 : undefined,
  };
}

/** What is known of a path once its final NAR was read. */
export function narInfoOf(address: Address, { narSha256, narSizeBytes }: NarReading): NarPathInfo {
  const { path, references, sha256 } = address;
  return {
    kind: 'nar',
    path,
    references: [...references.others, ...(references.self ? [path] : [])].toSorted(),
    narHash: narSha256,
    narSizeBytes,
    contentAddress: contentAddressOf(sha256),
  };
}

/** Nix's name for a file tree that was hashed as a NAR: the `CA` field of a `.narinfo`. */
export function contentAddressOf(sha256: Uint8Array): string {
  return `fixed:r:sha256:${toBase32(sha256)}`;
}
