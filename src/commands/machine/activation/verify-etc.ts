import { readSystemManifest } from '../../../activation/applied-manifest.ts';
import { driftFinding, findDrift } from '../../../activation/drift.ts';
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
    { hint: 'See who else writes to /etc; then run the command again.' },
  );
}
