import { hash } from 'node:crypto';
import { fromBase32, toBase32 } from './nix-base32.ts';
import { compressHash, hashPartLength, storeFolder } from './store-path.ts';

/** What a collector needs of a path's metadata. */
export interface QuickNarInfo {
  /** The path's name in the store's folder. */
  baseName: string;
  /** The names of what it refers to, which may be itself. */
  references: readonly string[];
  narSizeBytes: number;
}

const sourceBegin = `source:${storeFolder}/`;
const sourceMiddle = `:${storeFolder}/`;

const sha256 = '[0-9a-df-np-sv-z]{52}';

/** What `renderNarInfo` writes for a path with a content address and no fields of others. */
const rendered = new RegExp(
  [
    `^StorePath: ${storeFolder}/([^\\n]+)`,
    `URL: nar/(${sha256})\\.nar`,
    'Compression: none',
    'FileHash: sha256:\\2',
    'FileSize: ([1-9][0-9]{0,14})',
    'NarHash: sha256:\\2',
    'NarSize: \\3',
    'References: ([^\\n]*)',
    'X-Genctl-Version: 1',
    'X-Genctl-Kind: nar',
    `CA: fixed:r:sha256:(${sha256})\\n$`,
  ].join('\\n'),
);

/**
 * Reads a `.narinfo` that is exactly as genctl writes it, and checks as `parseNarInfo` does that
 * its path follows from what it says, at a fifth of the cost. Undefined for every other text, sound
 * or not: `parseNarInfo` tells which.
 */
export function quickNarInfo(text: string): QuickNarInfo | undefined {
  const [, baseName, narHash, narSize, referenceList, addressHash] = rendered.exec(text) ?? [];
  if (baseName === undefined || referenceList === undefined || addressHash === undefined) return;
  const references = referenceList === '' ? [] : referenceList.split(' ');
  const isSelf = references.includes(baseName);
  if (!isSelf && narHash !== addressHash) return;
  const others = isSelf ? references.filter(reference => reference !== baseName) : references;
  const type = others.length === 0 ? 'source' : sourceBegin + others.join(sourceMiddle);
  const address = fromBase32(addressHash)?.toString('hex');
  const name = baseName.slice(hashPartLength + 1);
  const fingerprint = `${type}${isSelf ? ':self' : ''}:sha256:${address}:${storeFolder}:${name}`;
  const hashPart = toBase32(compressHash(hash('sha256', fingerprint, 'buffer'), 20));
  if (`${hashPart}-${name}` !== baseName) return;
  return { baseName, references, narSizeBytes: Number(narSize) };
}
