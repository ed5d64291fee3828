import type { Bootspec } from '../bootspec/bootspec.ts';
import type { Finding } from '../errors.ts';

/** The profile that a machine boots from unless told otherwise. */
export const systemProfile = 'system';

/** A numbered system of a profile: one `NAME-N-link`. */
export interface Generation {
  profile: string;
  number: number;
  /** Where the link leads, as it stands in the link. */
  target: string;
  /** When the link was made, seconds since the epoch; always in a year of four digits. */
  madeAtSeconds: number;
  /** What it boots, or why it cannot be said: a bad generation harms only itself. */
  system: { bootspec: Bootspec } | { finding: Finding };
}

/** One profile with its generations. */
export interface Profile {
  name: string;
  /** The number that the profile's own link points to. */
  currentNumber: number | undefined;
  /** By number, ascending. */
  generations: readonly Generation[];
  /** The highest number that a name of its kind bears, be it a link's or not; 0 without one. */
  highestNumber: number;
}

/** How a generation is called in messages. */
export function nameOf(generation: { profile: string; number: number }): string {
  return generation.profile === systemProfile
    ? `generation ${generation.number}`
    : `generation ${generation.number} of profile ${generation.profile}`;
}

/** Whether a system is this generation's, its specialisations included. */
export function holdsSystem(generation: Generation, toplevel: string | undefined): boolean {
  if (toplevel === undefined) return false;
  if (generation.target === toplevel) return true;
  if (!('bootspec' in generation.system)) return false;
  const { specialisations } = generation.system.bootspec;
  return [...specialisations.values()].some(inner => inner.toplevel === toplevel);
}
