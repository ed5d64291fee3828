import { GenctlError } from '../../../errors.ts';

/**
 * One field of sysusers.d(5) or tmpfiles.d(5): in double quotes, where a backslash escapes, and
 * with no specifier in it.
 *
 * @throws GenctlError UNSAFE_TEXT
 */
export function doubleQuoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u001f\u007f]/u.test(text)) {
    throw new GenctlError(
      'UNSAFE_TEXT',
      `${JSON.stringify(text)}: a file of systemd's cannot hold control characters here`,
    );
  }
  return `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}
