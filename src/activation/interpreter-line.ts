import { GenctlError } from '../errors.ts';

/** The kernel reads no more of a script's first line (BINPRM_BUF_SIZE, less `#!` and its end). */
const maxBytes = 253;

/**
 * The interpreter for a script's first line, which has no quoting: the kernel splits it at the
 * first space.
 *
 * @throws GenctlError UNSAFE_TEXT
 */
export function interpreterLine(shell: string): string {
  if (/^\/[\x21-\x7e]+$/.test(shell) && shell.length <= maxBytes) return shell;
  throw new GenctlError(
    'UNSAFE_TEXT',
    `${JSON.stringify(shell)}: the interpreter of a script is a short absolute path without spaces`,
  );
}
