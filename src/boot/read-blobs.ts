import type { Root } from '../host/root.ts';
import type { FileDigest } from '../transaction/step.ts';
import type { Ledger } from './ledger.ts';

/**
 * Size and hash of the files that entries need. What a ledger has recorded is not read again:
 * a store path never changes its content.
 */
export function readBlobs(
  root: Root,
  sources: ReadonlySet<string>,
  ledgers: readonly (Ledger | undefined)[],
): Map<string, FileDigest> {
  const known = new Map<string, FileDigest>();
  // The first partition's word counts before a mirror's.
  const keep = (source: string, digest: FileDigest): void => {
    if (!known.has(source)) known.set(source, digest);
  };
  for (const ledger of ledgers) {
    for (const { sources = [], sizeBytes, sha256 } of ledger?.files ?? []) {
      for (const source of sources) keep(source, { sizeBytes, sha256 });
    }
    for (const { source, sizeBytes, sha256 } of ledger?.leftOut?.flatMap(left => left.blobs) ??
      []) {
      keep(source, { sizeBytes, sha256 });
    }
  }
  return new Map(
    [...sources].map(source => [source, known.get(source) ?? digestFile(root, source)]),
  );
}

function digestFile(root: Root, path: string): FileDigest {
  const { folder, name } = root.locate(path);
  using _ = folder;
  return folder.digest(name);
}
