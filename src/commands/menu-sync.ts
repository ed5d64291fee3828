import type { Command } from './context.ts';
import { changeMachine } from './machine/change-machine.ts';
import { overrideSteps } from './machine/plan-generation.ts';
import { defaultToKeep, planMenu } from './machine/plan-menu.ts';

/** `genctl menu sync`: makes the menu say what the profiles say. Writes nothing where it does. */
export const menuSync: Command<object> = async context =>
  changeMachine(context, {
    name: 'menu sync',
    intend: () => ({
      plan: machine => {
        const { parts, menu, findings } = planMenu(
          context.root,
          machine,
          machine.profiles,
          defaultToKeep(machine, machine.profiles),
        );
        const entries = menu.entries.length;
        return {
          parts: { ...parts, cleanup: [...parts.cleanup, ...overrideSteps(machine)] },
          findings,
          result: { json: { entries }, text: `the menu shows ${entries} entries\n` },
        };
      },
    }),
  });
