import { GenctlError } from '../../../src/errors.ts';

/** The code of the error that a call ends with; anything that is no expected failure goes on up. */
export function thrownBy(call: () => unknown): GenctlError | undefined {
  try {
    call();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
}
