/**
 * Names and contents of files end up in messages, and may hold what a terminal obeys, or lines
 * that look like ours: lines of our own that go on are indented.
 */
export function printable(message: string): string {
  return message.replace(/\n(?! {2})|[^\P{Cc}\n]|[\u2028\u2029]/gu, found =>
    found === '\n' ? '\\n' : `\\u{${found.charCodeAt(0).toString(16)}}`,
  );
}
