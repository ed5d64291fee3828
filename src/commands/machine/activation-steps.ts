import { activationPlan } from '../../activation/activation-plan.ts';
import { GenctlError } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import type { Step } from '../../transaction/step.ts';
import { activateOnHost, activationEnvironment } from './outside.ts';

/**
 * The step that makes a system the active one; nothing where its own `activate` says that there
 * is nothing to do.
 *
 * @param previous the system that is active, which the step's inverse goes back to
 */
export async function activationSteps(
  root: Root,
  system: string,
  previous: string | undefined,
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
  return [{ kind: 'activate', system, previous: previous === system ? undefined : previous }];
}
