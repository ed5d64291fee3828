import { GenctlError } from '../../errors.ts';
import { nameOf, type Profile } from '../../generations/generation.ts';

/**
 * The generation that a rollback goes to: the newest readable one before the current.
 *
 * @throws GenctlError NO_CURRENT_GENERATION, NO_EARLIER_GENERATION
 */
export function numberBeforeCurrent(profile: Profile): number {
  const { currentNumber, generations } = profile;
  if (currentNumber === undefined) {
    throw new GenctlError(
      'NO_CURRENT_GENERATION',
      `profile ${profile.name} has no current generation`,
      { hint: 'Make one with `genctl switch`.' },
    );
  }
  const earlier = generations.findLast(
    ({ number, system }) => number < currentNumber && 'bootspec' in system,
  );
  if (earlier !== undefined) return earlier.number;
  throw new GenctlError(
    'NO_EARLIER_GENERATION',
    `there is no generation before ${nameOf({ profile: profile.name, number: currentNumber })} that can boot`,
    { hint: 'See `genctl list`.' },
  );
}
