/**
 * The files that the probes read: a machine's /sys, /proc and /run, live or as they were captured.
 * Paths are absolute. What is missing, vanishes between two reads or cannot be read gives nothing:
 * no probe fails because of one file.
 */
export interface FileTree {
  /** Names in a folder, in byte order; none where there is no such folder. Links are followed. */
  names(path: string): readonly string[];
  /**
   * A small file as text, links followed; undefined where there is none. Bytes that are no UTF-8
   * come as U+FFFD.
   */
  text(path: string): string | undefined;
  /** The same as bytes, for what is binary. */
  bytes(path: string): Uint8Array | undefined;
  /** Where a path leads, without any link in it; undefined where it leads nowhere. */
  realPath(path: string): string | undefined;
  /** What is there and could not be read, in byte order: permissions, damaged devices. */
  readonly unreadable: readonly string[];
}

/** The text of a file without white space at its ends; undefined where it is missing or empty. */
export function line(tree: FileTree, path: string): string | undefined {
  const text = tree.text(path)?.trim();
  return text === '' ? undefined : text;
}
