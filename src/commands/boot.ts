import type { Command } from './context.ts';
import {
  applyGeneration,
  applyOnce,
  chosenOrDeclared,
  type GenerationArgs,
} from './machine/apply-generation.ts';

export interface BootArgs extends GenerationArgs {
  /** At the next boot only: default and profile stay what they are. */
  once: boolean;
}

/** `genctl boot [GEN] [--once]`: the default of the menu, from the next boot on; or only then. */
export const boot: Command<BootArgs> = async (context, { once, ...args }) => {
  const choose = () => chosenOrDeclared(context, args, 'at-boot');
  return once ? applyOnce(context, 'boot', choose) : applyGeneration(context, 'boot', {}, choose);
};
