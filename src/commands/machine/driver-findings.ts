import type { Finding } from '../../errors.ts';
import { missingModules } from '../../hardware/module/missing-modules.ts';
import type { Hardware } from './read-hardware.ts';

/** What the kernel that shall boot lacks of what booting needs. */
export function driverFindings({ chains, kernel }: Hardware): Finding[] {
  return missingModules(chains).map(({ what, modules, subjects }) => ({
    code: 'DRIVER_MISSING',
    subject: `Linux ${kernel?.release ?? ''}`,
    reason: `it has no ${modules.join(' or ')} for ${what}, which ${subjects.join(', ')} needs`,
    hint: 'Declare a kernel that has it, or look at another one with --kernel.',
  }));
}
