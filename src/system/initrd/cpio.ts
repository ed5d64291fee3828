import { byBytes } from '../../host/folder.ts';

/** What an archive holds under one name. */
export type CpioNode =
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly content: Uint8Array; readonly executable?: boolean }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'character device'; readonly major: number; readonly minor: number };

/** Nothing in an initrd is of any day. */
const mtimeSeconds = 1;

const trailer = 'TRAILER!!!';

/**
 * The archive of an initrd, in cpio's format `newc` (the kernel's buffer-format.rst): everything is
 * root's, and in the order of its path's bytes, so that the same nodes give the same bytes. The
 * folders above a path are in it without being named. Pure.
 *
 * @param nodes by path, which begins with no slash
 * @returns the pieces of the archive in their order
 */
export function cpioArchive(nodes: ReadonlyMap<string, CpioNode>): readonly Uint8Array[] {
  const paths = [...withFoldersAbove(nodes.keys())].toSorted(byBytes);
  const members = paths.flatMap((path, index) =>
    member(path, nodes.get(path) ?? { kind: 'folder' }, index + 1),
  );
  return [...members, ...record(trailer, nothing, { inode: 0, mode: 0, links: 1 })];
}

function withFoldersAbove(paths: Iterable<string>): ReadonlySet<string> {
  const all = new Set<string>();
  for (const path of paths) {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      all.add(path.slice(0, end));
    }
  }
  return all;
}

interface Header {
  readonly inode: number;
  /** With the bits of the file's type; inode(7). */
  readonly mode: number;
  readonly links: number;
  readonly major?: number;
  readonly minor?: number;
}

const nothing = new Uint8Array();

function member(path: string, node: CpioNode, inode: number): readonly Uint8Array[] {
  switch (node.kind) {
    case 'folder':
      return record(path, nothing, { inode, mode: 0o040755, links: 2 });
    case 'file': {
      const mode = node.executable === true ? 0o100755 : 0o100644;
      return record(path, node.content, { inode, mode, links: 1 });
    }
    case 'link':
      return record(path, Buffer.from(node.target), { inode, mode: 0o120777, links: 1 });
    case 'character device': {
      const { major, minor } = node;
      return record(path, nothing, { inode, mode: 0o020600, links: 1, major, minor });
    }
  }
}

function record(
  path: string,
  content: Uint8Array,
  { inode, mode, links, major = 0, minor = 0 }: Header,
): readonly Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const mtime = path === trailer ? 0 : mtimeSeconds;
  const owner = [0, 0];
  const device = [0, 0];
  const checksum = 0;
  const numbers = [
    [inode, mode, ...owner, links, mtime, content.length],
    [...device, major, minor, name.length, checksum],
  ].flat();
  const head = `070701${numbers.map(number => number.toString(16).padStart(8, '0')).join('')}`;
  const start = Buffer.concat([Buffer.from(head, 'ascii'), name]);
  return [start, padding(start), content, padding(content)];
}

/** Names and contents each end at a multiple of four bytes. */
function padding({ length }: Uint8Array): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4);
}
