// The `newc` archive format of an initrd (the kernel's initramfs buffer format). Written here and
// not by cpio(1), because only root can make the device node that the archive needs.

export type CpioEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly content: Buffer;
      readonly executable?: boolean;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'character device';
      readonly path: string;
      readonly major: number;
      readonly minor: number;
    };

/**
 * An archive of the entries in the given order, all owned by root: the same entries give the same
 * bytes. Paths are relative, and a folder comes before what it holds.
 */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const members = entries.map((entry, index) => member(entry, index + 1));
  const trailer = record('TRAILER!!!', Buffer.alloc(0), { inode: 0, mode: 0, links: 1 });
  return Buffer.concat([...members, trailer]);
}

interface Header {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly major?: number;
  readonly minor?: number;
}

function member(entry: CpioEntry, inode: number): Buffer {
  if (entry.kind === 'folder') {
    return record(entry.path, Buffer.alloc(0), { inode, mode: 0o040755, links: 2 });
  }
  if (entry.kind === 'file') {
    const mode = entry.executable === true ? 0o100755 : 0o100644;
    return record(entry.path, entry.content, { inode, mode, links: 1 });
  }
  if (entry.kind === 'link') {
    return record(entry.path, Buffer.from(entry.target), { inode, mode: 0o120777, links: 1 });
  }
  const { path, major, minor } = entry;
  return record(path, Buffer.alloc(0), { inode, mode: 0o020600, links: 1, major, minor });
}

function record(path: string, content: Buffer, header: Header): Buffer {
  const name = Buffer.from(`${path}\0`);
  const { inode, mode, links, major = 0, minor = 0 } = header;
  // inode, mode, uid, gid, links, mtime, size, device, device of a device node, name size, checksum
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, major, minor, name.length, 0];
  const head = `070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([
    padded(Buffer.concat([Buffer.from(head, 'ascii'), name])),
    padded(content),
  ]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
