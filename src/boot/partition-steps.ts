import { stage } from '../transaction/plan.ts';
import type { Step } from '../transaction/step.ts';
import type { LedgerFile } from './ledger.ts';
import type { BootPartition } from './read-boot-partition.ts';
import type { WantedFile } from './wanted.ts';

/** Folders that are not there yet, outer ones first. */
export function missingFolders(paths: readonly string[], partition: BootPartition): Step[] {
  const missing = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    for (let count = 1; count <= parts.length; count++) {
      const prefix = parts.slice(0, count).join('/');
      if (!partition.folders.has(prefix)) missing.add(prefix);
    }
  }
  return [...missing].map(path => ({ kind: 'make-folder', volume: partition.volume, path }));
}

/** Creates what is wanted of one kind. */
export function creations(
  files: readonly WantedFile[],
  kind: WantedFile['kind'],
  { sizes, volume }: BootPartition,
): Step[] {
  return files
    .filter(file => file.kind === kind)
    .map(({ path, sizeBytes, sha256, content }) => ({
      kind: 'create-file',
      volume,
      path,
      sizeBytes,
      sha256,
      content,
      ...(sizes.has(path) && { wasThere: true }),
    }));
}

/** First what names others, then what was named. */
export function removals(files: readonly LedgerFile[], { volume }: BootPartition): Step[] {
  return (['menu', 'entry', 'blob', 'loader'] as const).flatMap(kind =>
    stage(
      volume,
      files
        .filter(file => file.kind === kind)
        .map(({ path }) => ({ kind: 'remove-file', volume, path })),
    ),
  );
}

/** Reads back the blobs that were written: nothing else would say that they are damaged. */
export function verifications(files: readonly WantedFile[], { volume }: BootPartition): Step[] {
  return files
    .filter(({ kind }) => kind === 'blob')
    .map(({ path, sizeBytes, sha256 }) => ({
      kind: 'verify-file',
      volume,
      path,
      sizeBytes,
      sha256,
    }));
}
