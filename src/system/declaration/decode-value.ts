import { unsafe } from 'ini';
import { forbiddenCharacter } from './hostile-text.ts';
import { Refusal } from './refusal.ts';

const commentHint = 'Put the value into double quotes; a comment needs a line of its own.';

/**
 * The text that the right side of `key = value` stands for. `ini` decodes it; what `ini` would
 * misread without a word is refused before.
 */
export function decodeValue(raw: string): string | Refusal {
  const value = raw.trim();
  const decoded = value.startsWith('"')
    ? decodeDoubleQuoted(value)
    : value.startsWith("'")
      ? decodeSingleQuoted(value)
      : decodeBare(value);
  if (decoded instanceof Refusal) return decoded;
  const character = forbiddenCharacter(decoded);
  if (character === undefined) return decoded;
  return new Refusal(
    `the value holds ${character}, a character that no value may hold`,
    'Leave it out; write a list as one line for each value.',
  );
}

/** Where a double-quoted text that starts at `start` ends; undefined where it does not. */
export function closingQuote(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return undefined;
}

/** The text between double quotes, which are part of `quoted`. */
export function decodeDoubleQuoted(quoted: string): string | Refusal {
  const end = closingQuote(quoted, 0);
  if (end === undefined) return unterminated('"');
  if (end < quoted.length - 1) return afterQuote(quoted.slice(end + 1));
  const decoded: unknown = unsafe(quoted);
  // ini gives a text back as it stands, quotes and all, where it is no JSON string.
  if (typeof decoded === 'string' && decoded !== quoted) return decoded;
  return new Refusal(
    'the value has a backslash or a tab that means nothing within double quotes',
    'Write \\\\ for a backslash and \\" for a quote.',
  );
}

function decodeSingleQuoted(quoted: string): string | Refusal {
  const end = quoted.indexOf("'", 1);
  if (end === -1) return unterminated("'");
  if (end < quoted.length - 1) return afterQuote(quoted.slice(end + 1));
  const within = quoted.slice(1, -1);
  const decoded: unknown = unsafe(quoted);
  // ini reads what is within single quotes as JSON where it can: '1e3' would become 1000.
  const literal =
    typeof decoded === 'number' || typeof decoded === 'boolean' || decoded === null
      ? String(decoded)
      : decoded;
  if (literal === within) return within;
  return new Refusal(
    'the value is within single quotes, where it would be read as JSON',
    'Use double quotes.',
  );
}

function decodeBare(value: string): string | Refusal {
  for (let at = 0; at < value.length; at++) {
    const character = value[at];
    if (character === ';' || character === '#') {
      return new Refusal(
        `the value has an unquoted ${character}, at which it would be cut off`,
        commentHint,
      );
    }
    if (character !== '\\') continue;
    at++;
    if (at < value.length) continue;
    return new Refusal(
      'the value ends with a backslash, and a value cannot go on in the next line',
      'Write it in one line, or repeat the key: lists take one value a line.',
    );
  }
  return unsafe(value);
}

function unterminated(mark: string): Refusal {
  return new Refusal(
    `the value starts with a quote (${mark}) that is never closed`,
    'Close it in the same line; put a value that has quotes within into double quotes, each of them as \\".',
  );
}

function afterQuote(rest: string): Refusal {
  return new Refusal(
    'the value goes on after its closing quote',
    /^\s*[;#]/.test(rest)
      ? 'Put the comment on a line of its own.'
      : 'Put the whole value into double quotes, each quote within as \\".',
  );
}
