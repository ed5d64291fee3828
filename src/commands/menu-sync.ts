import type { Command } from './context.ts';
import { changeMachine } from './machine/change-machine.ts';
import { defaultToKeep, planMenu } from './machine/plan-menu.ts';

/**
 * `genctl menu sync`: makes the menu say what the profiles say. Writes nothing where it does. What
 * boots by default is no business of its own, so an EFI variable that says it stays as well.
 */
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
          parts,
          findings,
          result: { json: { entries }, text: `the menu shows ${entries} entries\n` },
        };
      },
    }),
  });
