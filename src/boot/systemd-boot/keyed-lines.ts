/**
 * The lines of an entry or of `loader.conf` that mean something, in their order. systemd-boot
 * reads both alike: the first word is the key, the rest of the line the value.
 */
export function keyedLines(text: string): [key: string, value: string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const match = /^[ \t]*([^ \t#][^ \t]*)[ \t]+(.*)$/.exec(line);
    const [key, rest] = [match?.[1], match?.[2]];
    return key === undefined || rest === undefined ? [] : [[key, withoutEnd(rest)]];
  });
}

/** Without the blanks at its end, found from there: in a pattern they cost their number squared. */
function withoutEnd(value: string): string {
  let end = value.length;
  while (end > 0 && ' \t'.includes(value.charAt(end - 1))) end -= 1;
  return value.slice(0, end);
}
