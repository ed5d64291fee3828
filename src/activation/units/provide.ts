import { type Finding, GenctlError } from '../../errors.ts';
import { run } from '../../host/run.ts';
import type { Provision } from '../../transaction/step.ts';

/**
 * Lets systemd's programs make the accounts and the files that these files declare. To do it again
 * changes nothing.
 *
 * @returns a finding for each program that could not do all of it
 */
export async function provide(provisions: readonly Provision[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  // One after the other: files may belong to accounts that are made now.
  for (const { program, files } of provisions) {
    const args = program === 'systemd-tmpfiles' ? ['--create'] : [];
    try {
      await run(program, [...args, '--', ...files], { shielded: true });
    } catch (thrown) {
      if (!(thrown instanceof GenctlError)) throw thrown;
      findings.push({
        code: 'NOT_PROVIDED',
        subject: files.join(', '),
        reason: `what it declares was not all made: ${thrown.message}`,
      });
    }
  }
  return findings;
}
