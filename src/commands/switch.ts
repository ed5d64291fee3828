import type { Command } from './context.ts';
import {
  type ActivatingArgs,
  applyGeneration,
  chosenOrDeclared,
  type GenerationArgs,
} from './machine/apply-generation.ts';

/** `genctl switch [GEN]`: the default of the menu and active now. */
export const switchTo: Command<GenerationArgs & ActivatingArgs> = async (context, args) =>
  applyGeneration(context, 'switch', args, () => chosenOrDeclared(context, args, 'now'));
