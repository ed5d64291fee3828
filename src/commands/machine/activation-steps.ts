import { activationPlan } from '../../activation/activation-plan.ts';
import type { Root } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import type { Step } from '../../transaction/step.ts';
import { activationEnvironment } from './outside.ts';

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
  const { stdout } = await run(root.onHost(`${system}/activate`), ['plan'], {
    env: activationEnvironment(root),
  });
  if (activationPlan(stdout).length === 0) return [];
  return [{ kind: 'activate', system, previous: previous === system ? undefined : previous }];
}
