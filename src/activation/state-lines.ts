/** A line of a manifest, of the records or of a plan: a verb, and its words without their quotes. */
export interface StateLine {
  verb: string;
  words: readonly string[];
  /** As it stands in the file. */
  text: string;
}

/** Ten times what 10,000 entries with long names take. */
export const maxStateBytes = 64 << 20;

const word = /[^\s']+|'[^']*'(?:\\''[^']*')*/g;
const line = /^[a-z][a-z-]*(?: (?:[^\s']+|'[^']*'(?:\\''[^']*')*))*$/;

/**
 * Reads the line format that `activate` keeps its state in and prints its plan in; its first lines
 * describe it. Lines that a full disk or a crash has cut off are given apart.
 */
export function parseStateLines(text: string): { lines: StateLine[]; broken: string[] } {
  const lines: StateLine[] = [];
  const broken: string[] = [];
  for (const each of text.split('\n')) {
    if (each === '') continue;
    if (line.test(each)) lines.push(toLine(each));
    else broken.push(each);
  }
  return { lines, broken };
}

function toLine(text: string): StateLine {
  const [verb = '', ...words] = text.match(word) ?? [];
  return { verb, words: words.map(unquoted), text };
}

function unquoted(text: string): string {
  return text.startsWith("'") ? text.slice(1, -1).replaceAll("'\\''", "'") : text;
}

/** Whether a path stays below the folder that it is relative to, name by name. */
export function isPathBelow(path: string): boolean {
  return !path.includes('\0') && path.split('/').every(name => !['', '.', '..'].includes(name));
}
