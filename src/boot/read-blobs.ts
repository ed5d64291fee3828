import type { Root } from '../host/root.ts';
import type { FileDigest } from '../transaction/step.ts';
import type { Ledger } from './ledger.ts';

/**
 * Size and hash of the files that entries need. What the ledger has recorded is not read again:
 * a store path never changes its content.
 */
export function readBlobs(
  root: Root,
  sources: ReadonlySet<string>,
  ledger: Ledger | undefined,
): Map<string, FileDigest> {
  const known = new Map(
    (ledger?.files ?? []).flatMap(({ sources: from = [], sizeBytes, sha256 }) =>
      from.map(source => [source, { sizeBytes, sha256 }] as const),
    ),
  );
  return new Map(
    [...sources].map(source => [source, known.get(source) ?? digestFile(root, source)]),
  );
}

function digestFile(root: Root, path: string): FileDigest {
  const { folder, name } = root.locate(path);
  using _ = folder;
  return folder.digest(name);
}
