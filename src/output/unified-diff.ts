import { createTwoFilesPatch } from 'diff';
import { printable } from '../printable.ts';
import { colours } from './colours.ts';

/** A text under the name that a person knows it by. */
export interface NamedText {
  name: string;
  text: string;
}

/** What leads from one text to another, as `diff -u` writes it; empty where they are equal. */
export function unifiedDiff(before: NamedText, after: NamedText): string {
  if (before.text === after.text) return '';
  const patch = createTwoFilesPatch(before.name, after.name, before.text, after.text);
  // The package writes a ruler above the names, which `diff -u` has not.
  return patch.replace(/^=+\n/, '');
}

/** The same for a terminal. */
export function colouredDiff(patch: string): string {
  return patch
    .split('\n')
    .map(line => colourOf(line)(printable(line)))
    .join('\n');
}

function colourOf(line: string): (text: string) => string {
  if (line.startsWith('+++') || line.startsWith('---')) return colours.bold;
  if (line.startsWith('+')) return colours.green;
  if (line.startsWith('-')) return colours.red;
  return line.startsWith('@@') ? colours.cyan : text => text;
}
