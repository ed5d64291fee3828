/**
 * What no text may hold that a person writes and others read in one line: control characters, line
 * and paragraph separators, half surrogates (no UTF-8 can hold them), and the invisible marks that
 * turn the direction of writing and so can show a path or a parameter as another one.
 */
export const hidden = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const everyHidden = new RegExp(hidden.source, 'gu');
const hiddenButIndented = new RegExp(`\\n(?! {2})|(?!\\n)${hidden.source}`, 'gu');

/**
 * Names and contents of files end up in messages, and may hold what a terminal obeys, or lines
 * that look like ours: lines of our own that go on are indented.
 */
export function printable(message: string): string {
  return message.replace(hiddenButIndented, escaped);
}

/** The same for what has to stay on one line. */
export function printableLine(text: string): string {
  return text.replace(everyHidden, escaped);
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\u{${character.charCodeAt(0).toString(16)}}`;
}

/** The first hidden character of a text, as `U+000A`. */
export function firstHidden(text: string): string | undefined {
  const codePoint = hidden.exec(text)?.[0].codePointAt(0);
  return codePoint === undefined
    ? undefined
    : `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}
