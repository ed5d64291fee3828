import type { Finding } from '../../errors.ts';
import type { LeftUnit } from './unit-changes.ts';

/** A finding for each reason for which units are left running as they are. Pure. */
export function leftFindings(left: readonly LeftUnit[]): Finding[] {
  const units = new Map<string, string[]>();
  for (const { unit, reason } of left) units.set(reason, [...(units.get(reason) ?? []), unit]);
  return [...units].map(([reason, names]) => ({
    code: 'UNIT_LEFT',
    subject: names.join(', '),
    reason: `left as it is: ${reason}`,
  }));
}
