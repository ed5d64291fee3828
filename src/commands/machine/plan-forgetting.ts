import { forgetInFirmware, forgetInGrub } from '../../boot/boot-once.ts';
import { type Finding, findingOf, GenctlError } from '../../errors.ts';
import type { Step } from '../../transaction/step.ts';
import type { Machine } from './read-machine.ts';

/** What takes back that an entry of ours boots next, once. */
export interface Forgetting {
  inGrub: readonly Step[];
  inFirmware: readonly Step[];
  /** Where it cannot be taken back. */
  findings: readonly Finding[];
}

/** Whoever chooses a default expects it to boot next, whatever was asked for once before. */
export function planForgetting({ targets, oneShot, layout }: Machine): Forgetting {
  const findings: Finding[] = [];
  const inGrub = targets.flatMap(({ places }) =>
    places.flatMap(place => {
      if (place.loader !== 'grub') return [];
      try {
        return forgetInGrub(place, layout);
      } catch (thrown) {
        if (!(thrown instanceof GenctlError)) throw thrown;
        findings.push(findingOf(thrown, 'the next boot'));
        return [];
      }
    }),
  );
  return { inGrub, inFirmware: forgetInFirmware(oneShot, layout), findings };
}
