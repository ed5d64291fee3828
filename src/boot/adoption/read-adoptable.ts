import { formatBytes } from '../../bytes.ts';
import { GenctlError } from '../../errors.ts';
import type { FileKind, Folder } from '../../host/folder.ts';
import type { FileDigest } from '../../transaction/step.ts';
import { type BootLayout, isBlobName } from '../layout.ts';
import { openBelow } from '../read-boot-partition.ts';
import { foldCase } from './fold-case.ts';
import { type AdoptableEntry, type LeftFile, readEntries } from './read-entries.ts';
import { isBuilderFileName } from './recognise-entry.ts';
import { mayReferTo, type Stranger } from './stranger.ts';

/** A kernel, initrd or device tree. */
export interface AdoptableBlob extends FileDigest {
  path: string;
}

/** What could be taken over of a boot partition, and what could not. */
export interface Adoptable {
  entries: readonly AdoptableEntry[];
  /** Each is needed by one of the entries, and by nothing that is left. */
  blobs: readonly AdoptableBlob[];
  left: readonly LeftFile[];
}

const nixosFolder = 'EFI/nixos';
const genctlFolder = 'EFI/genctl';

/**
 * Reads what builders have left on a boot partition: what they are known to write, where they
 * write it, and of kernels and the like only what such an entry needs.
 *
 * @param owned paths of the files that are ours already
 */
export function readAdoptable(
  top: Folder,
  layout: BootLayout,
  owned: ReadonlySet<string>,
): Adoptable {
  const ours = new Set([...owned].map(foldCase));
  const { entries, strangers, left } = readEntries(top, layout.systemdBoot.entryFolder, ours);
  const needed = new Set(entries.flatMap(({ recognised }) => recognised.uses));
  const found = blobFoldersOf(top).flatMap(path =>
    readBlobFolder(top, path, { ours, needed, strangers }),
  );
  return {
    entries,
    blobs: found.flatMap(file => ('sha256' in file ? [file] : [])),
    left: [...left, ...found.flatMap(file => ('reason' in file ? [file] : []))],
  };
}

/** NixOS's folder, and one for each installation of genctl. */
function blobFoldersOf(top: Folder): string[] {
  using folder = openBelow(top, genctlFolder);
  const owners = folder?.names().filter(name => /^[0-9a-f]{8}$/.test(name)) ?? [];
  return [nixosFolder, ...owners.map(owner => `${genctlFolder}/${owner}`)];
}

/** What decides whether a blob can be taken. */
interface Surroundings {
  /** Case folded. */
  ours: ReadonlySet<string>;
  needed: ReadonlySet<string>;
  strangers: readonly Stranger[];
}

function readBlobFolder(
  top: Folder,
  folderPath: string,
  surroundings: Surroundings,
): (AdoptableBlob | LeftFile)[] {
  using folder = openBelow(top, folderPath);
  return (folder?.rawEntries() ?? []).flatMap(({ name: rawName, kind }) => {
    const name = rawName.toString();
    const path = `${folderPath}/${name}`;
    if (folder === undefined || surroundings.ours.has(foldCase(path))) return [];
    const reason = whyLeft(path, name, kind, surroundings);
    if (reason === undefined) return [digestOrLeave(folder, path, name)];
    const sizeBytes = kind === 'file' ? folder.stat(rawName)?.sizeBytes : undefined;
    return [
      { path, reason: sizeBytes === undefined ? reason : `${reason} (${formatBytes(sizeBytes)})` },
    ];
  });
}

function whyLeft(
  path: string,
  name: string,
  kind: FileKind,
  { needed, strangers }: Surroundings,
): string | undefined {
  const isName = path.startsWith(`${nixosFolder}/`) ? isBuilderFileName : isBlobName;
  if (kind !== 'file') return 'it is not a file';
  if (!isName(name)) return 'its name is not one that a builder gives';
  if (!needed.has(path)) return 'no entry that was recognised needs it';
  const stranger = strangers.find(each => mayReferTo(each, name));
  return stranger && `${stranger.path}, which is left alone, may need it`;
}

function digestOrLeave(folder: Folder, path: string, name: string): AdoptableBlob | LeftFile {
  try {
    return { path, ...folder.digest(name) };
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { path, reason: thrown.message };
  }
}
