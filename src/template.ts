import { Eta } from 'eta/core';
import { GenctlError } from './errors.ts';
import { hidden } from './printable.ts';

/** Puts one untrusted value into text of some language, or refuses it. */
export type Escape = (value: unknown) => string;

/**
 * Makes a renderer of a template. `<%= … %>` goes through the escaping of the template's
 * language, always; `<%~ … %>` is for text that was rendered before.
 *
 * @param source the template's text, from `templates/`
 * @param escape the language's escaping
 */
export function template<Data extends object>(
  source: string,
  escape: Escape,
): (data: Data) => string {
  const engine = new Eta({
    autoEscape: true,
    escapeFunction: escape,
    autoTrim: false,
    useWith: false,
  });
  const compiled = engine.compile(source);
  return data => engine.render(compiled, data);
}

/** One word of a POSIX shell, in single quotes: nothing inside is special. */
export function shellWord(value: unknown): string {
  const text = String(value);
  if (text.includes('\0')) {
    throw new GenctlError('UNSAFE_TEXT', `${JSON.stringify(text)}: a shell word cannot hold NUL`);
  }
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** GRUB's lexer gives up for good, menu and all, at a word of 8 KiB; a template adds to what it has. */
const longestGrubWordBytes = 4096;

/**
 * One word of GRUB's script, or the rest of one: plain where nothing in it is special, as people
 * edit entries in the menu; else in single quotes, where not even patterns mean anything. GRUB has
 * no way to say a line break, and shows what is no UTF-8 as something else.
 */
export function grubWord(value: unknown): string {
  const text = String(value);
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u.test(text)) {
    throw new GenctlError(
      'UNSAFE_TEXT',
      `${JSON.stringify(text)}: a word of GRUB's menu cannot hold line breaks, control characters or broken UTF-8`,
    );
  }
  const isPlain = /^[\w./=,:@%+-]+$/.test(text);
  const word = isPlain ? text : `'${text.replaceAll("'", "'\\''")}'`;
  const sizeBytes = Buffer.byteLength(word);
  if (sizeBytes > longestGrubWordBytes) {
    throw new GenctlError(
      'UNSAFE_TEXT',
      `${JSON.stringify(text.slice(0, 40))}...: it would take ${sizeBytes} bytes as a word of GRUB's menu, which may take ${longestGrubWordBytes}`,
    );
  }
  return word;
}

/**
 * A value of a Boot Loader Specification file: the rest of its line, taken literally, so all
 * that has to be refused is what ends or hides a line.
 */
export function blsValue(value: unknown): string {
  const text = String(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/u.test(text) || text !== text.trim()) {
    throw new GenctlError(
      'UNSAFE_TEXT',
      `${JSON.stringify(text)}: a boot entry cannot hold line breaks, control characters or spaces at an end`,
    );
  }
  return text;
}

/**
 * The rest of a line in a systemd unit, for settings that take it as it is: `%` starts what
 * systemd would put in.
 */
export function unitValue(value: unknown): string {
  const text = String(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u001f\u007f]|\\$/u.test(text) || text !== text.trim()) {
    throw new GenctlError(
      'UNSAFE_TEXT',
      `${JSON.stringify(text)}: a line of a unit cannot hold control characters, spaces at an end or a backslash before its end`,
    );
  }
  return text.replaceAll('%', '%%');
}

/** One word of a command line in a systemd unit, in double quotes. */
export function unitWord(value: unknown): string {
  const text = String(value);
  // systemd starts nothing whose path holds a quote or a backslash, and writes a dollar
  // differently in the first word and in the others.
  if (/["'\\$]/.test(text)) {
    throw new GenctlError(
      'UNSAFE_TEXT',
      `${JSON.stringify(text)}: a unit's command cannot hold quotes, backslashes or dollars`,
    );
  }
  return `"${unitValue(text)}"`;
}

/** A value of an INI file as genctl's declarations are read: quoted where it has to be. */
export function iniValue(value: unknown): string {
  const text = String(value);
  const isPlain = /^[^\s;#"'\\=[\]][^;#"'\\[\]]*$/.test(text) && text === text.trim();
  return isPlain ? text : JSON.stringify(text);
}

const nixEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  $: '\\$',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Whether a file of Nix can hold a text: it is UTF-8, and NUL ends it. */
export function isNixText(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text);
}

/**
 * A string of Nix, in double quotes. Every dollar is escaped: whether one starts an expression
 * depends on those before it. Control characters that Nix has no escape for stand as they are.
 */
export function nixString(value: unknown): string {
  const text = String(value);
  if (!isNixText(text)) {
    throw new GenctlError(
      'UNSAFE_TEXT',
      `${JSON.stringify(text)}: a string of Nix cannot hold NUL or half surrogates`,
    );
  }
  return `"${text.replace(/["\\$\n\r\t]/g, found => nixEscapes[found] ?? found)}"`;
}

const everyHidden = new RegExp(hidden, 'gu');

/**
 * What stands behind `#` in Nix and in INI files: one line that nothing in it ends, with nothing
 * in it that a terminal obeys.
 */
export function lineComment(value: unknown): string {
  const shown = String(value).replace(
    everyHidden,
    found => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return shown.trim();
}
