/** One thing in an operating-system tree. */
export type OsTreeEntry = OsTreeFile | OsTreeFolder | OsTreeLink;

interface Owned {
  /** From the top of the tree, without a leading slash: `usr/bin/su`; the top itself is empty. */
  path: string;
  uid: number;
  gid: number;
}

interface WithMode extends Owned {
  /** Permission bits with setuid, setgid and sticky, 0 to 0o7777. */
  mode: number;
  /** Extended attributes by name, such as `security.capability`, sorted. */
  attributes: ReadonlyMap<string, Buffer>;
}

export interface OsTreeFile extends WithMode {
  kind: 'file';
  sizeBytes: number;
  /** Of the content, hexadecimal. */
  sha256: string;
}

export interface OsTreeFolder extends WithMode {
  kind: 'folder';
}

export interface OsTreeLink extends Owned {
  kind: 'link';
  target: string;
}
