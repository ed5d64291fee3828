/** What stands at one path of a tree of files. */
export type TreeEntry =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' };

/** By absolute path, in no order; folders above an entry need none of their own. */
export type TreeEntries = Iterable<readonly [path: string, entry: TreeEntry]>;

export function fileEntry(content: string | Uint8Array): TreeEntry {
  return { kind: 'file', bytes: typeof content === 'string' ? Buffer.from(content) : content };
}

/** @param target relative to the folder of the link, or from the top of the tree */
export function linkEntry(target: string): TreeEntry {
  return { kind: 'link', target };
}

export const folderEntry: TreeEntry = { kind: 'folder' };
