import { GenctlError } from '../../../errors.ts';

/**
 * One field of sysusers.d(5) or tmpfiles.d(5): in double quotes, where a backslash escapes, and
 * with no specifier in it.
 *
 * @throws GenctlError UNSAFE_TEXT
 */
export function doubleQuoted(text: string): string {
  refuseControls(text);
  return `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}

/**
 * The last field of tmpfiles.d(5), which is the rest of the line: quotes mean nothing in it,
 * backslashes and specifiers do.
 *
 * @throws GenctlError UNSAFE_TEXT
 */
export function lastField(text: string): string {
  refuseControls(text);
  return text.replaceAll('\\', '\\\\').replaceAll('%', '%%');
}

function refuseControls(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!/[\u0000-\u001f\u007f]/u.test(text)) return;
  throw new GenctlError(
    'UNSAFE_TEXT',
    `${JSON.stringify(text)}: a file of systemd's cannot hold control characters here`,
  );
}
