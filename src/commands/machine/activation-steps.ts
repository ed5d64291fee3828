import { activationPlan } from '../../activation/activation-plan.ts';
import { GenctlError } from '../../errors.ts';
import { systemProfile } from '../../generations/generation.ts';
import type { Root } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import type { Step } from '../../transaction/step.ts';
import { activateOnHost, activationEnvironment } from './outside.ts';
import type { Systems } from './read-machine.ts';

/**
 * The step that makes a system the active one; nothing where its own `activate` says that there
 * is nothing to do.
 *
 * @throws GenctlError ACTIVATION_UNKNOWN for a system that genctl did not build
 */
export async function activationSteps(
  root: Root,
  systems: Systems,
  system: string,
): Promise<Step[]> {
  if (root.stat(`${system}/etc-manifest`) === undefined) {
    // Another `activate`, such as NixOS's, does not know the word `plan`: it would activate.
    throw new GenctlError(
      'ACTIVATION_UNKNOWN',
      `${system}: genctl did not build this system, so it cannot activate it`,
      {
        hint: 'Make it the default of the menu with `genctl boot GEN`, and boot it.',
      },
    );
  }
  const { stdout } = await run(activateOnHost(root, system), ['plan'], {
    env: activationEnvironment(root),
  });
  if (activationPlan(stdout).length === 0) return [];
  return [{ kind: 'activate', system, previous: appliedSystem(root, systems) }];
}

/**
 * The system whose `/etc` is in place. A root that does not run keeps no /run: there it is the
 * current one, if any was ever applied.
 */
function appliedSystem(root: Root, { active, profiles }: Systems): string | undefined {
  if (active !== undefined) return active;
  if (root.stat('/etc/static') === undefined) return undefined;
  const system = profiles.find(({ name }) => name === systemProfile);
  return system?.generations.find(({ number }) => number === system.currentNumber)?.target;
}
