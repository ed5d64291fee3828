/** One part of a line: a quoted text, a variable, an escaped character, plain text or white space. */
const part =
  /'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\$(?:\{[^}]*\}|\w+|[?*#@])|\\(?<escaped>.)|(?<plain>[^\s'"$\\]+)|(?<blank>\s+)/gsuy;

/**
 * Words of a line of GRUB's script as they are when it has run: quotes gone, and variables with
 * them, since those of another menu are not set in ours.
 *
 * @returns undefined for a line with a quote that is not closed
 */
export function grubWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  part.lastIndex = 0;
  while (part.lastIndex < line.length) {
    const groups = part.exec(line)?.groups;
    if (groups === undefined) return undefined;
    const { single, double, escaped, plain, blank } = groups;
    const text = single ?? (double === undefined ? undefined : unquote(double));
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      const added = text ?? escaped ?? plain;
      // A variable that is not set makes no word.
      if (added !== undefined) word = (word ?? '') + added;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** What is between double quotes, where a backslash is one before most characters. */
function unquote(text: string): string {
  return text.replace(
    /\\(["$\\])|\$(?:\{[^}]*\}|\w+)/gu,
    (_, escaped: string | undefined) => escaped ?? '',
  );
}
