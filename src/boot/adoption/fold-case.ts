/**
 * A path as FAT compares it, or coarser: where this folds what FAT tells apart, a file is spared
 * that could have been taken.
 */
export function foldCase(path: string): string {
  return path.toLowerCase();
}
