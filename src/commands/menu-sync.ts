import type { EntryKey } from '../boot/menu.ts';
import { systemProfile } from '../generations/generation.ts';
import type { Command } from './context.ts';
import { changeMachine } from './machine/change-machine.ts';
import { overrideSteps } from './machine/plan-generation.ts';
import { planMenu } from './machine/plan-menu.ts';
import type { Machine } from './machine/read-machine.ts';

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
          defaultToKeep(machine),
        );
        const entries = menu.entries.length;
        return {
          parts: { ...parts, commit: [...parts.commit, ...overrideSteps(machine)] },
          findings,
          result: { json: { entries }, text: `the menu shows ${entries} entries\n` },
        };
      },
    }),
  });

/** The default stays what it is as long as that generation can boot; else it is the current. */
function defaultToKeep(machine: Machine): EntryKey | undefined {
  const { defaultKey, profiles } = machine;
  const canBoot = ({ profile, number }: EntryKey): boolean =>
    profiles.some(
      ({ name, generations }) =>
        name === profile &&
        generations.some(each => each.number === number && 'bootspec' in each.system),
    );
  if (defaultKey !== undefined && canBoot(defaultKey)) return defaultKey;
  const number = profiles.find(({ name }) => name === systemProfile)?.currentNumber;
  const current = number === undefined ? undefined : { profile: systemProfile, number };
  return current !== undefined && canBoot(current) ? current : undefined;
}
