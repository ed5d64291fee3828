import type { Facts } from './facts/facts.ts';
import type { KernelModules } from './kernel/kernel-modules.ts';
import type { BootChain } from './module/boot-chain.ts';
import { bootChains } from './module/boot-chains.ts';
import type { HardwareModule, ModuleChoices } from './module/hardware-module.ts';
import { initrdModules } from './module/initrd-modules.ts';
import { planModule } from './module/plan-module.ts';

/** What follows from the facts of a machine: what its boot depends on, and its module. */
export interface HardwarePlan {
  readonly chains: readonly BootChain[];
  readonly module: HardwareModule;
}

/**
 * From facts to a module. Pure.
 *
 * @param kernel the one that shall boot, or what comes nearest to it (its role says which); undefined
 *   where the modules of none are at hand
 */
export function planHardware(
  facts: Facts,
  kernel: KernelModules | undefined,
  choices: ModuleChoices,
): HardwarePlan {
  const chains = bootChains(facts, kernel, choices.root);
  const drivers = initrdModules(facts, kernel, chains);
  return { chains, module: planModule(facts, drivers, choices) };
}
