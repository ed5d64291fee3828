import { exitCodes, GenctlError } from '../errors.ts';
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
export const rollback: Command<RollbackArgs> = async (
  context,
  { profile, boot, ...activating },
) => {
  if (boot && activating.confirmSeconds !== undefined) {
    throw new GenctlError(
      'USAGE',
      '--confirm: with --boot, nothing changes that could go wrong now',
      {
        exitCode: exitCodes.usage,
        hint: 'Leave out one of the two.',
      },
    );
  }
  return applyGeneration(context, 'rollback', activating, () => ({
    wish: machine => ({
      profile,
      system: { number: numberBeforeCurrent(profileNamed(machine, profile)) },
      activation: boot ? 'at-boot' : 'now',
    }),
  }));
};
