import type { Command } from './context.ts';
import { type ActivatingArgs, applyGeneration } from './machine/apply-generation.ts';
import { numberBeforeCurrent } from './machine/choose-number.ts';
import { profileNamed } from './machine/read-machine.ts';

export interface RollbackArgs extends ActivatingArgs {
  profile: string;
  /** Only the default of the menu; what runs goes on. */
  boot: boolean;
}

/** `genctl rollback [--boot]`: to the generation before the current. Needs no declaration. */
export const rollback: Command<RollbackArgs> = async (context, { profile, boot, ...activating }) =>
  applyGeneration(context, 'rollback', activating, () => ({
    wish: machine => ({
      profile,
      system: { number: numberBeforeCurrent(profileNamed(machine, profile)) },
      activation: boot ? 'at-boot' : 'now',
    }),
  }));
