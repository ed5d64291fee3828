import { type LocalFolders, osTreeFolder } from '../local-folders.ts';
import type { OsTreePathInfo } from '../store.ts';
import type { StorePath } from '../store-path.ts';
import { filesSizeBytes, listingInvalid, listingName, parseListing } from './listing.ts';
import type { OsTreeEntry } from './os-tree-entry.ts';

/**
 * What is recorded of the content of a valid tree.
 *
 * @throws GenctlError OS_TREE_LISTING_INVALID
 */
export function recordedEntries(
  folders: LocalFolders,
  { path, treeHash }: OsTreePathInfo,
): OsTreeEntry[] {
  const subject = `${osTreeFolder}/${listingName(path)}`;
  const listing = folders.readListing(path);
  if (listing === undefined)
    throw listingInvalid(subject, 'there is no such file that could be read');
  return parseListing(listing, treeHash, subject);
}

/** What is known of a tree by what it holds. */
export function osTreeInfo(
  path: StorePath,
  treeHash: Buffer,
  entries: readonly OsTreeEntry[],
): OsTreePathInfo {
  return { kind: 'os-tree', path, references: [], treeHash, sizeBytes: filesSizeBytes(entries) };
}
