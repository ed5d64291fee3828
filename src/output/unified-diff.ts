import { createTwoFilesPatch } from 'diff';
import { printable, printableLine } from '../printable.ts';
import { colours } from './colours.ts';

/** A text under the name that a person knows it by. */
export interface NamedText {
  name: string;
  text: string;
}

/** More changes than that, in lines, are nobody's to read, and take long to find. */
const mostChanges = 2000;

/** What leads from one text to another, as `diff -u` writes it; empty where they are equal. */
export function unifiedDiff(before: NamedText, after: NamedText): string {
  if (before.text === after.text) return '';
  const options = { maxEditLength: mostChanges };
  const from = printableLine(before.name);
  const to = printableLine(after.name);
  const patch = createTwoFilesPatch(from, to, before.text, after.text, '', '', options);
  if (patch === undefined) return `--- ${from}\n+++ ${to}\nthey have next to nothing in common\n`;
  // The package writes an index and a ruler above the names, which `diff -u` has not.
  return patch.slice(patch.indexOf('--- '));
}

/** The same for a terminal. */
export function colouredDiff(patch: string): string {
  return patch
    .split('\n')
    .map(line => colourOf(line)(printableButTabs(line)))
    .join('\n');
}

/** A tab is nothing that a terminal obeys, and half of all configuration is indented by it. */
function printableButTabs(line: string): string {
  return line.split('\t').map(printable).join('\t');
}

function colourOf(line: string): (text: string) => string {
  if (line.startsWith('+++') || line.startsWith('---')) return colours.bold;
  if (line.startsWith('+')) return colours.green;
  if (line.startsWith('-')) return colours.red;
  return line.startsWith('@@') ? colours.cyan : text => text;
}
