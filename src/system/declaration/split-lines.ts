import { forbiddenCharacter } from './hostile-text.ts';
import { Refusal } from './refusal.ts';

export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** Without white space at its ends; what can be read of it where it is refused. */
  readonly text: string;
  readonly refusal: Refusal | undefined;
}

const newline = 0x0a;

/** The lines of a file that are not empty. A byte order mark and CRLF are let pass. */
export function splitLines(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let number = 1; start < bytes.length; number++) {
    const found = bytes.indexOf(newline, start);
    const end = found === -1 ? bytes.length : found;
    const line = readLine(bytes.subarray(start, end), number);
    if (line.text !== '') lines.push(line);
    start = end + 1;
  }
  return lines;
}

function readLine(bytes: Uint8Array, number: number): Line {
  // The decoder drops a byte order mark, which `trim` would also do.
  const text = new TextDecoder().decode(bytes);
  const trimmed = text.endsWith('\r') ? text.slice(0, -1) : text;
  return { number, text: trimmed.trim(), refusal: refuse(trimmed, bytes) };
}

function refuse(text: string, bytes: Uint8Array): Refusal | undefined {
  if (!isUtf8(text, bytes)) {
    return new Refusal('the line is not valid UTF-8', 'Save the file as UTF-8.');
  }
  const character = forbiddenCharacter(text);
  if (character === undefined) return undefined;
  return new Refusal(
    `the line holds ${character}, a character that no line may hold`,
    'Remove it; `cat -v FILE` shows where it is.',
  );
}

/** The decoder puts U+FFFD in place of what it cannot read; a file may also hold that itself. */
function isUtf8(text: string, bytes: Uint8Array): boolean {
  if (!text.includes('\uFFFD')) return true;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
