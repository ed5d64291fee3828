import type { Command } from './context.ts';
import { changeMachine, ofMenu } from './machine/change-machine.ts';
import { menuToKeep, planMenu } from './machine/plan-menu.ts';

/**
 * `genctl menu sync`: makes the menu say what the profiles say. Writes nothing where it does. What
 * boots by default is no business of its own, so an EFI variable that says it stays as well.
 */
export const menuSync: Command<object> = async context =>
  changeMachine(context, {
    name: 'menu sync',
    intend: () => ({
      plan: machine => {
        const plan = planMenu(context.root, machine, menuToKeep(machine, machine.profiles));
        const entries = plan.menus[0]?.menu.entries.length ?? 0;
        return {
          ...ofMenu(plan),
          result: {
            json: { entryCount: entries },
            text: `the menu shows ${entries === 1 ? '1 entry' : `${entries} entries`}\n`,
          },
        };
      },
    }),
  });
