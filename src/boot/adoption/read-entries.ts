import { createHash } from 'node:crypto';
import { GenctlError } from '../../errors.ts';
import type { FileKind, Folder, Name } from '../../host/folder.ts';
import type { FileDigest } from '../../transaction/step.ts';
import { openBelow } from '../read-boot-partition.ts';
import { foldCase } from './fold-case.ts';
import { type RecognisedEntry, recogniseEntry } from './recognise-entry.ts';
import type { Stranger } from './stranger.ts';

export interface AdoptableEntry extends FileDigest {
  path: string;
  recognised: RecognisedEntry;
}

/** A file that stays whose it is. */
export interface LeftFile {
  path: string;
  /** One clause without a full stop. */
  reason: string;
}

export interface FoundEntries {
  entries: AdoptableEntry[];
  strangers: Stranger[];
  left: LeftFile[];
}

/** Much more than any entry has. */
const maxEntryBytes = 1 << 20;

/**
 * Reads the entries of a boot partition that are not ours, and tells whose they are.
 *
 * @param ours paths of the files that are ours already, their case folded
 */
export function readEntries(
  top: Folder,
  folderPath: string,
  ours: ReadonlySet<string>,
): FoundEntries {
  const found: FoundEntries = { entries: [], strangers: [], left: [] };
  using folder = openBelow(top, folderPath);
  for (const { name, kind } of folder?.rawEntries() ?? []) {
    const path = `${folderPath}/${name.toString()}`;
    if (folder === undefined || ours.has(foldCase(path))) continue;
    const { content, reason } = readEntry(folder, name, kind);
    if (content === undefined) {
      found.left.push({ path, reason });
      found.strangers.push({ path, text: undefined });
      continue;
    }
    const recognition = recogniseEntry(name.toString(), content);
    if ('entry' in recognition) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      const sizeBytes = content.length;
      found.entries.push({ path, sizeBytes, sha256, recognised: recognition.entry });
    } else {
      found.left.push({ path, reason: recognition.reason });
      found.strangers.push({ path, text: content.toString('utf8') });
    }
  }
  return found;
}

type Read = { content: Buffer; reason?: never } | { content?: never; reason: string };

function readEntry(folder: Folder, name: Name, kind: FileKind): Read {
  if (kind !== 'file') return { reason: 'it is not a file' };
  try {
    const sizeBytes = folder.stat(name)?.sizeBytes ?? 0;
    if (sizeBytes > maxEntryBytes) return { reason: 'it is much larger than any entry' };
    return { content: folder.readFile(name, maxEntryBytes) };
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { reason: thrown.message };
  }
}
