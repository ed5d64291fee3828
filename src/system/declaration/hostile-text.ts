/**
 * What no text of a declaration may hold: control characters, line and paragraph separators, half
 * surrogates (no UTF-8 can hold them), and the invisible marks that turn the direction of writing
 * and so can show a path or a parameter as another one.
 */
const forbidden = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const everyForbidden = new RegExp(forbidden, 'gu');

const longestQuote = 60;

/** The first forbidden character of a text, as `U+000A`; a tab is none. */
export function forbiddenCharacter(text: string): string | undefined {
  const found = forbidden.exec(text.replaceAll('\t', ' '))?.[0];
  return found === undefined ? undefined : codePointName(found);
}

/** A text as it can be shown in a message: quoted, escaped, not too long. */
export function quote(text: string): string {
  const kept = text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
  return `"${escapeForbidden(kept.replaceAll('\\', '\\\\').replaceAll('"', '\\"'))}"`;
}

/** A text as it can be shown in a message where quotes would only be in the way. */
export function escapeForbidden(text: string): string {
  return text.replace(everyForbidden, found =>
    found === '\n' ? '\\n' : found === '\t' ? '\\t' : `\\u{${hexadecimal(found)}}`,
  );
}

function codePointName(character: string): string {
  return `U+${hexadecimal(character).padStart(4, '0')}`;
}

function hexadecimal(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
}
