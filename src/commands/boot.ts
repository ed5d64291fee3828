import type { Command } from './context.ts';
import {
  applyGeneration,
  chosenOrDeclared,
  type GenerationArgs,
} from './machine/apply-generation.ts';

/** `genctl boot [GEN]`: the default of the menu, from the next boot on. */
export const boot: Command<GenerationArgs> = async (context, args) =>
  applyGeneration(context, 'boot', {}, () => chosenOrDeclared(context, args, 'at-boot'));
