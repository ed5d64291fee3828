import type { BootTarget } from '../../boot/boot-target.ts';
import { canSayToKernel, kernelWords } from '../../boot/grub/script/kernel-words.ts';
import type { Bootspec } from '../../bootspec/bootspec.ts';
import { type Generation, nameOf, type Profile } from '../../generations/generation.ts';

/**
 * Profiles as GRUB can show them: it cannot hand all parameters to a kernel as they are, and a
 * generation that has such a one must not keep the others from the menu. Pure.
 */
export function sayableProfiles(
  profiles: readonly Profile[],
  targets: readonly BootTarget[],
): readonly Profile[] {
  if (!usesGrub(targets)) return profiles;
  const all = profiles.flatMap(({ generations }) => generations);
  if (all.every(isSayable)) return profiles;
  return profiles.map(profile => ({
    ...profile,
    generations: profile.generations.map(generation =>
      isSayable(generation) ? generation : quarantined(generation),
    ),
  }));
}

/**
 * Makes sure that GRUB, where it is a loader, can boot a generation as it is.
 *
 * @throws GenctlError GRUB_PARAMETER
 */
export function assertSayable({ system }: Generation, targets: readonly BootTarget[]): void {
  if (!usesGrub(targets) || !('bootspec' in system)) return;
  for (const params of parametersOf(system.bootspec)) kernelWords(params);
}

function usesGrub(targets: readonly BootTarget[]): boolean {
  return targets.some(({ places }) => places.some(({ loader }) => loader === 'grub'));
}

function isSayable({ system }: Generation): boolean {
  return !('bootspec' in system) || parametersOf(system.bootspec).every(canSayToKernel);
}

function parametersOf({ kernelParams, specialisations }: Bootspec): (readonly string[])[] {
  return [kernelParams, ...[...specialisations.values()].flatMap(parametersOf)];
}

function quarantined(generation: Generation): Generation {
  return {
    ...generation,
    system: {
      finding: {
        code: 'GRUB_PARAMETER',
        subject: nameOf(generation),
        reason:
          'GRUB would put backslashes into a parameter of its kernel, so its menu leaves it as it is',
        hint: 'Say that parameter without backslashes and apostrophes, in a new generation.',
      },
    },
  };
}
