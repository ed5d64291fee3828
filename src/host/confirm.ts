import { createInterface } from 'node:readline';
import { GenctlError } from '../errors.ts';

/**
 * Asks the person at the terminal; false for anything but a clear yes, Ctrl-C included.
 *
 * @throws GenctlError CONFIRMATION_MISSING where nobody is there to be asked
 */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new GenctlError('CONFIRMATION_MISSING', `${question} Nobody is there to say so.`, {
      hint: 'Look at it with --dry-run; then say --yes.',
    });
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await new Promise<string>(resolve => {
      asking.on('close', () => resolve(''));
      asking.question(`${question} [y/N] `, resolve);
    });
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}
