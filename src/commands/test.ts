import { nothing } from '../transaction/plan.ts';
import type { Command } from './context.ts';
import { planActivation } from './machine/activation/plan-activation.ts';
import {
  type ActivatingArgs,
  chosenOrDeclared,
  type GenerationArgs,
  toplevelOf,
} from './machine/apply-generation.ts';
import { changeSystems } from './machine/change-systems.ts';

/** `genctl test [GEN]`: active now; menu, default and profile stay as they are. */
export const test: Command<GenerationArgs & Pick<ActivatingArgs, 'conflicts'>> = async (
  context,
  args,
) =>
  changeSystems(context, {
    name: 'test',
    plan: async systems => {
      const { wish } = await chosenOrDeclared(context, args, 'now');
      const system = toplevelOf(systems, wish);
      const { conflicts = 'refuse' } = args;
      const { steps, ...said } = await planActivation(context.root, systems, { system, conflicts });
      return {
        ...said,
        parts: { ...nothing, prepare: steps },
        result: {
          json: { system, activated: true },
          text: `active until the next boot: ${system}\n`,
        },
      };
    },
  });
