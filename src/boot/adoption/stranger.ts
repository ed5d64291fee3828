import { foldCase } from './fold-case.ts';

/** Something among the entries that no builder has written: what it may boot is not to be touched. */
export interface Stranger {
  path: string;
  /** Undefined where it cannot be read. */
  text: string | undefined;
}

/**
 * Whether somebody's own entry may boot a file. Its text is not parsed: any mention of the file's
 * name counts, whatever the separators, the case, the folder and the key before it.
 *
 * @param name the file's own name, in ASCII
 */
export function mayReferTo({ path, text }: Stranger, name: string): boolean {
  // What cannot be read may refer to anything; but only files of this name are in a menu.
  if (text === undefined) return /\.conf$/i.test(path);
  const folded = foldCase(text);
  return folded.includes(foldCase(name)) || hasShortNameOf(folded, foldCase(name));
}

/**
 * On FAT each file has a short name too, `0ABCDE~1.EFI`: which number is whose cannot be told, and
 * of the long name only the first two characters are in it for certain.
 */
function hasShortNameOf(folded: string, name: string): boolean {
  const shortNames = folded.matchAll(
    /[\\/]([^\\/\s~]{1,6})~[0-9]{1,6}(?:\.[^\\/\s.]{0,3})?(?!\S)/g,
  );
  return [...shortNames].some(([, start]) => start?.startsWith(name.slice(0, 2)));
}
