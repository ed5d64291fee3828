import { holdsSystem } from '../../generations/generation.ts';
import { recordOf, withGood } from '../../generations/records.ts';
import type { State } from '../../generations/state.ts';
import { bootTimeSeconds } from '../../host/processes.ts';
import type { Systems } from './read-machine.ts';

/** The boot time is the present less the time since: it moves a little when the clock is set. */
const toleranceSeconds = 600;

/**
 * The state with the booted generation found good: it has come so far that somebody, or a timer,
 * changes the machine. To be recorded by verbs that do not go back from it.
 */
export function stateWithGood({ state, profiles, booted }: Systems): State {
  const generation = profiles
    .flatMap(({ generations }) => generations)
    .findLast(each => holdsSystem(each, booted));
  if (generation === undefined) return state;
  const atSeconds = bootTimeSeconds();
  const before = recordOf(state, generation)?.goodAtSeconds;
  if (before !== undefined && before + toleranceSeconds >= atSeconds) return state;
  return withGood(state, generation, atSeconds);
}
