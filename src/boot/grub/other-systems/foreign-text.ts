import { hidden } from '../../../printable.ts';

/** A reader of a menu sees no more of a line. */
const mostCharacters = 100;

const unfit = new RegExp(`${hidden.source}|\ufffd`, 'gu');

/**
 * What somebody else calls a system, as a title: one line, and a `?` for each character that
 * cannot be shown or was no UTF-8. Empty where nothing is left of it.
 */
export function titleFrom(text: string): string {
  const line = text.replace(/\s+/gu, ' ').replace(unfit, '?').trim();
  const characters = Array.from(line);
  if (characters.length <= mostCharacters) return line;
  return `${characters.slice(0, mostCharacters - 3).join('')}...`;
}

/** Whether a path or a word is as it was written: one line, and UTF-8 in the beginning. */
export function isWhole(text: string): boolean {
  return text.search(unfit) === -1;
}

/** An absolute path that GRUB can open as it stands. */
export function isPath(text: string): boolean {
  return /^\/[^/]/.test(text) && isWhole(text) && !text.split('/').includes('..');
}

/** What blkid and GRUB call a file system: `1234-ABCD`, a UUID, a time. */
export function isFsUuid(text: string): boolean {
  return /^[0-9A-Za-z][0-9A-Za-z-]{3,63}$/.test(text);
}
