import { GenctlError } from '../../../../src/errors.ts';
import { hasProgram } from '../../../commands/test-where.ts';
import { testWhere } from '../../../store/test-where.ts';

const hasApt = hasProgram('apt-get', '--version') && hasProgram('dpkg-deb', '--version');

/** A test that needs the real apt. */
export function aptTest(name: string, work: () => Promise<void>): void {
  testWhere(hasApt, 'apt-get or dpkg-deb is missing', name, work);
}

/** What the work is refused with. */
export async function refusalOf(work: Promise<unknown>): Promise<GenctlError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was wrong');
}
