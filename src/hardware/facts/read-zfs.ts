import { byBytes } from '../../host/folder.ts';
import type { FileTree } from '../sources/file-tree.ts';
import { zfsFile } from '../sources/genctl-files.ts';

/** Mount point properties by dataset, as `zfs get -Hp` has written them: with a tab in between. */
export function readZfsMountPoints(tree: FileTree): Readonly<Record<string, string>> {
  const lines = (tree.text(zfsFile) ?? '').split('\n');
  const found = lines.flatMap((line): [string, string][] => {
    const at = line.indexOf('\t');
    return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
  });
  return Object.fromEntries(found.toSorted(([left], [right]) => byBytes(left, right)));
}

/** ZFS's number of the machine: the first four bytes of /etc/hostid, in a PC's order. */
export function readHostId(tree: FileTree): string | null {
  const bytes = tree.bytes('/etc/hostid')?.subarray(0, 4);
  return bytes?.length === 4 ? Buffer.from(bytes.toReversed()).toString('hex') : null;
}
