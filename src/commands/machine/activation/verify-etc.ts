import { driftFinding, findDrift } from '../../../activation/drift.ts';
import { readSystemManifest } from '../../../activation/read-manifest.ts';
import { GenctlError } from '../../../errors.ts';
import type { Root } from '../../../host/root.ts';
import type { VerifyEtc } from '../../../transaction/step.ts';

/**
 * Compares `/etc` with what a system's manifest says.
 *
 * @throws GenctlError ACTIVATION_INCOMPLETE
 */
export function verifyEtc(root: Root, { system, except }: VerifyEtc): void {
  const known = new Set(except);
  const drift = findDrift(root, readSystemManifest(root, system)).filter(
    ({ path }) => !known.has(path),
  );
  if (drift.length === 0) return;
  const lines = drift.slice(0, 20).map(each => {
    const { subject, reason } = driftFinding(each);
    return `${subject}: ${reason}`;
  });
  throw new GenctlError(
    'ACTIVATION_INCOMPLETE',
    `/etc is not as ${system} says after its activation:\n  ${lines.join('\n  ')}`,
    {
      hint: 'See who else writes there. What is that program’s own to write goes out of the declaration, or gets `conflicts = keep` in a section [etc "PATH"].',
    },
  );
}
