import { firstHidden, hidden } from '../../printable.ts';

const everyHidden = new RegExp(hidden, 'gu');

const longestQuote = 60;

/** The first character that no text of a declaration may hold, as `U+000A`; a tab is none. */
export function forbiddenCharacter(text: string): string | undefined {
  return firstHidden(text.replaceAll('\t', ' '));
}

/** A text as it can be shown in a message: quoted, escaped, not too long. */
export function quote(text: string): string {
  const kept = text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
  return `"${escapeForbidden(kept.replaceAll('\\', '\\\\').replaceAll('"', '\\"'))}"`;
}

/** A text as it can be shown in a message where quotes would only be in the way. */
export function escapeForbidden(text: string): string {
  return text.replace(everyHidden, found =>
    found === '\n' ? '\\n' : found === '\t' ? '\\t' : `\\u{${hexadecimal(found)}}`,
  );
}

function hexadecimal(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
}
