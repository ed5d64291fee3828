import type { Step } from '../transaction/step.ts';
import type { Generation, Profile } from './generation.ts';
import { generationLink, generationLinkName, profileLink } from './profile-layout.ts';

/** The profile with one more generation: what the machine will look like. Pure, as all here. */
export function withGeneration(profile: Profile, generation: Generation): Profile {
  return {
    ...profile,
    generations: [...profile.generations, generation],
    highestNumber: Math.max(profile.highestNumber, generation.number),
  };
}

/** The profile without some of its generations. */
export function withoutGenerations(profile: Profile, numbers: ReadonlySet<number>): Profile {
  return {
    ...profile,
    generations: profile.generations.filter(({ number }) => !numbers.has(number)),
  };
}

/** Makes a generation's link. */
export function linkStep(generation: Generation): Step {
  return {
    kind: 'make-link',
    path: generationLink(generation.profile, generation.number).slice(1),
    target: generation.target,
    mtimeSeconds: generation.madeAtSeconds,
  };
}

export function unlinkStep(generation: Generation): Step {
  return {
    kind: 'remove-link',
    path: generationLink(generation.profile, generation.number).slice(1),
    target: generation.target,
  };
}

/** Lets a profile's own link point to a generation; nothing where it does already. */
export function selectSteps(profile: Profile, number: number): Step[] {
  if (profile.currentNumber === number) return [];
  const { currentNumber } = profile;
  return [
    {
      kind: 'swap-link',
      path: profileLink(profile.name).slice(1),
      before:
        currentNumber === undefined ? undefined : generationLinkName(profile.name, currentNumber),
      after: generationLinkName(profile.name, number),
    },
  ];
}
