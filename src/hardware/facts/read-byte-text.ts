import type { FileTree } from '../sources/file-tree.ts';

/**
 * A file as a text whose characters stand for bytes (`latin1`), for formats that write bytes in
 * octal digits; '' where there is none.
 */
export function readByteText(tree: FileTree, path: string): string {
  const bytes = tree.bytes(path) ?? new Uint8Array();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
