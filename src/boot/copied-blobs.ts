import type { FileDigest } from '../transaction/step.ts';
import { type BootLayout, blobPath } from './layout.ts';
import type { Blob, MenuEntry } from './menu.ts';
import type { WantedFile } from './wanted.ts';

/** All that an entry refers to. */
export function blobsOf({ linux, initrds, devicetree }: MenuEntry): Blob[] {
  return [linux, ...initrds, ...(devicetree === undefined ? [] : [devicetree])];
}

/** Where the copy of a blob is on the boot partition. */
export function copyPath(layout: BootLayout, blob: Blob): string {
  return blobPath(layout, blob.role, digestOf(blob));
}

/** The copies that entries need: each content once, however many entries and store paths share it. */
export function copiedBlobs(entries: readonly MenuEntry[], layout: BootLayout): WantedFile[] {
  const files = new Map<string, WantedFile & { kind: 'blob' }>();
  for (const blob of entries.flatMap(blobsOf)) {
    const path = copyPath(layout, blob);
    const sources = new Set(files.get(path)?.sources).add(blob.source);
    files.set(path, {
      kind: 'blob',
      path,
      ...digestOf(blob),
      content: { copyOf: blob.source },
      sources: [...sources].toSorted(),
    });
  }
  return [...files.values()];
}

function digestOf({ source, digest }: Blob): FileDigest {
  if (digest === undefined) throw new Error(`the digest of ${source} was not read`);
  return digest;
}
