import type { Folder } from '../../../host/folder.ts';
import type { Root } from '../../../host/root.ts';

/** Larger ones are no unit files; systemd refuses them as well. */
const maxUnitBytes = 4 << 20;

/** Whether a name is that of a file in both folders, with the same content. */
export function holdTheSame(
  name: string,
  left: Folder | undefined,
  right: Folder | undefined,
): boolean {
  const [one, other] = [left?.stat(name), right?.stat(name)];
  if (one?.kind !== 'file' || other?.kind !== 'file') return false;
  // The store makes equal files one.
  if (one.device === other.device && one.inode === other.inode) return true;
  if (one.sizeBytes !== other.sizeBytes || one.sizeBytes > maxUnitBytes) return false;
  const bytes = right?.readFile(name, maxUnitBytes);
  return bytes !== undefined && left?.readFile(name, maxUnitBytes).equals(bytes) === true;
}

/** The text that a path leads to, as systemd would read it. */
export function textAt(root: Root, path: string): string | undefined {
  const kind = root.stat(path)?.kind;
  // /dev/null stands for an empty file, which masks.
  if (kind !== 'file') return kind === 'other' ? '' : undefined;
  return root.readFile(path, maxUnitBytes).toString('utf8');
}
