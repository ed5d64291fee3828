import { nothing } from '../transaction/plan.ts';
import type { Command } from './context.ts';
import { activationSteps } from './machine/activation-steps.ts';
import { chosenOrDeclared, type GenerationArgs, toplevelOf } from './machine/apply-generation.ts';
import { changeMachine } from './machine/change-machine.ts';

/** `genctl test [GEN]`: active now; menu, default and profile stay as they are. */
export const test: Command<GenerationArgs> = async (context, args) =>
  changeMachine(context, {
    name: 'test',
    intend: async () => {
      const { wish, settings } = await chosenOrDeclared(context, args, 'now');
      return {
        ...(settings !== undefined && { settings }),
        plan: async machine => {
          const toplevel = toplevelOf(machine, wish);
          const prepare = await activationSteps(context.root, machine, toplevel);
          return {
            parts: { ...nothing, prepare },
            findings: [],
            result: {
              json: { system: toplevel, activated: true },
              text: `active until the next boot: ${toplevel}\n`,
            },
          };
        },
      };
    },
  });
