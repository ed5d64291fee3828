import { ifThere } from '../host/file-error.ts';
import { byBytes, type Folder } from '../host/folder.ts';

/** A file of a boot partition that is not ours. */
export interface ForeignFile {
  /** Below the partition's top; for messages only, as it need not be UTF-8 on the disk. */
  path: string;
  sizeBytes: number;
}

/**
 * The files of a boot partition that nobody has said to be ours, the largest first. Links are not
 * followed, and what else is mounted below is left out: its room is not this partition's.
 *
 * @param owned paths below the top; small and capital letters are the same, as on FAT
 */
export function readForeignFiles(top: Folder, owned: ReadonlySet<string>): ForeignFile[] {
  const ours = new Set([...owned].map(path => path.toLowerCase()));
  const found: ForeignFile[] = [];
  const { device, inode } = top.statSelf();
  collect(top, '', { device, walked: new Set([inode]) }, file => {
    if (!ours.has(file.path.toLowerCase())) found.push(file);
  });
  return found.toSorted(
    (left, right) => right.sizeBytes - left.sizeBytes || byBytes(left.path, right.path),
  );
}

interface Walk {
  device: number;
  /** Inodes of folders: a damaged FAT can hold a folder that is its own parent. */
  walked: Set<number>;
}

function collect(
  folder: Folder,
  prefix: string,
  walk: Walk,
  onFile: (file: ForeignFile) => void,
): void {
  for (const { name, kind } of folder.rawEntries()) {
    const path = `${prefix}${name.toString()}`;
    const stat = kind === 'file' || kind === 'folder' ? folder.stat(name) : undefined;
    if (stat?.device !== walk.device) continue;
    if (stat.kind === 'file') {
      onFile({ path, sizeBytes: stat.sizeBytes });
    } else if (stat.kind === 'folder' && !walk.walked.has(stat.inode)) {
      walk.walked.add(stat.inode);
      using inner = ifThere(() => folder.openIfThere(name), ['NOT_A_FOLDER']);
      if (inner !== undefined) collect(inner, `${path}/`, walk, onFile);
    }
  }
}
