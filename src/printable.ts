/**
 * Names and contents of files end up in messages, and may hold what a terminal obeys, or lines
 * that look like ours: lines of our own that go on are indented.
 */
export function printable(message: string): string {
  return message.replace(/\n(?! {2})|[^\P{Cc}\n]|[\u2028\u2029]/gu, escaped);
}

/** The same for what has to stay on one line. */
export function printableLine(text: string): string {
  return text.replace(/\p{Cc}|[\u2028\u2029]/gu, escaped);
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\u{${character.charCodeAt(0).toString(16)}}`;
}
