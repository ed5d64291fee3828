import { nothing } from '../transaction/plan.ts';
import type { Command } from './context.ts';
import { activationSteps } from './machine/activation-steps.ts';
import { chosenOrDeclared, type GenerationArgs, toplevelOf } from './machine/apply-generation.ts';
import { changeSystems } from './machine/change-systems.ts';

/** `genctl test [GEN]`: active now; menu, default and profile stay as they are. */
export const test: Command<GenerationArgs> = async (context, args) =>
  changeSystems(context, {
    name: 'test',
    plan: async systems => {
      const { wish } = await chosenOrDeclared(context, args, 'now');
      const toplevel = toplevelOf(systems, wish);
      return {
        parts: { ...nothing, prepare: await activationSteps(context.root, systems, toplevel) },
        result: {
          json: { system: toplevel, activated: true },
          text: `active until the next boot: ${toplevel}\n`,
        },
      };
    },
  });
