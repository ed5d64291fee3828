import type { Command } from './context.ts';
import {
  applyGeneration,
  chosenOrDeclared,
  type GenerationArgs,
} from './machine/apply-generation.ts';

/** `genctl switch [GEN]`: the default of the menu and active now. */
export const switchTo: Command<GenerationArgs> = async (context, args) =>
  applyGeneration(context, 'switch', () => chosenOrDeclared(context, args, 'now'));
