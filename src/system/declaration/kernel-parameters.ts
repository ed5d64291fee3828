import { quote } from './hostile-text.ts';
import { Refusal } from './refusal.ts';

/**
 * Splits parameters as the kernel splits its command line: at white space outside of double
 * quotes, which stay where they are; there is no escape for a quote.
 */
export function splitKernelParameters(text: string): readonly string[] | Refusal {
  // The kernel splits bytes and takes 0xA0 for white space, which is half of an "à" in UTF-8:
  // a parameter could hide another one.
  const foreign = /[^\t\u0020-\u007e]/u.exec(text)?.[0];
  if (foreign !== undefined) {
    return new Refusal(
      `${quote(text)} holds ${quote(foreign)}, and the kernel reads only ASCII`,
      'Name a disk by UUID= or PARTUUID= where its label is not ASCII.',
    );
  }
  if ((text.split('"').length - 1) % 2 === 1) {
    return new Refusal(
      `${quote(text)} has a double quote that is never closed`,
      'Close it: the kernel would take all that follows as one parameter.',
    );
  }
  const parameters = text.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  if (!parameters.some(setsInit)) return parameters;
  return new Refusal(
    'init= is set by genctl: it names the stage 2 of each generation',
    'Name the program that stage 2 starts in [system] init.',
  );
}

/** The kernel strips a quote at the start of a parameter before it looks at the name. */
function setsInit(parameter: string): boolean {
  return /^"?init=/.test(parameter);
}
