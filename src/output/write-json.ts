import { writeResult } from '../host/terminal.ts';
import { hidden } from '../printable.ts';

const everyHidden = new RegExp(hidden.source, 'gu');

/**
 * Writes a result as one JSON document on one line. Of control characters JSON itself escapes only
 * those of ASCII; what else a terminal could obey, or show in another order, is escaped as well.
 */
export function writeJson(answer: unknown): void {
  const text = JSON.stringify(answer).replace(everyHidden, escaped);
  writeResult(`${text}\n`);
}

/** All of them are in the basic plane, so one escape says each. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
