import { createHash } from 'node:crypto';

/** How the first line of a module's file begins; the number is the format's. */
export const sealStart = '# genctl hardware-configuration ';

/**
 * Puts a line above a module's text by which it is known again: whose it is, and a hash over all
 * that follows the line.
 */
export function seal(text: string): string {
  return `${sealLine(text)}\n${text}`;
}

/** The line that stands above a text that nobody has changed. */
export function sealLine(text: string): string {
  return `${sealStart}1 sha256:${createHash('sha256').update(text).digest('hex')}`;
}
