import { GenctlError } from '../../../errors.ts';

/**
 * Parameters of a kernel as the words of GRUB's `linux` from which the kernel gets the same.
 *
 * GRUB joins its words again: what holds a space comes between double quotes, and before each `\`,
 * `'` and `"` comes a backslash, which the kernel does not take away. So quotes have to be GRUB's
 * own: the kernel reads `a="b c"` and `"a=b c"` alike (`next_arg` in its lib/cmdline.c). What it
 * would not read alike is refused.
 *
 * @param options as they would stand on the command line, side by side
 * @throws GenctlError GRUB_PARAMETER
 */
export function kernelWords(options: readonly string[]): string[] {
  const parameters = options.join(' ').match(/(?:[^ "]|"[^"]*(?:"|$))+/g) ?? [];
  return parameters.flatMap(parameter => {
    const word = withoutQuotes(parameter);
    if (/["'\\]/.test(word)) throw unsayable(parameter);
    return word === '' ? [] : [word];
  });
}

/** Whether GRUB can hand a kernel these parameters as they are. */
export function canSayToKernel(options: readonly string[]): boolean {
  try {
    kernelWords(options);
    return true;
  } catch (thrown) {
    if (thrown instanceof GenctlError) return false;
    throw thrown;
  }
}

/** The command line that a kernel gets from words of GRUB's `linux`. */
export function commandLineOf(words: readonly string[]): string {
  const escaped = words.map(word => word.replace(/["'\\]/g, '\\$&'));
  return escaped.map(word => (word.includes(' ') ? `"${word}"` : word)).join(' ');
}

/** As the kernel does it: those around the whole, or around the value. */
function withoutQuotes(parameter: string): string {
  const text = parameter.replace(/^"/, '');
  const valueAt = text.indexOf('=', 1) + 1;
  const isValueQuoted = valueAt > 0 && text.startsWith('"', valueAt);
  const opened = isValueQuoted ? text.slice(0, valueAt) + text.slice(valueAt + 1) : text;
  return isValueQuoted || text !== parameter ? opened.replace(/"$/, '') : text;
}

function unsayable(parameter: string): GenctlError {
  return new GenctlError(
    'GRUB_PARAMETER',
    `the kernel parameter ${JSON.stringify(parameter)}: GRUB would put backslashes into it`,
    {
      hint: 'Say it without backslashes and apostrophes, and with double quotes only around the whole value.',
    },
  );
}
