import { type KernelModules, moduleName } from '../kernel/kernel-modules.ts';
import type { ChainModule } from './boot-chain.ts';

/** Whether a text can be a module's name: what a probe says may be anything. */
export function isModuleName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

/**
 * A module as the target kernel has it. Of one that was renamed, or became a part of another, the
 * kernel says so by an alias that is the old name.
 */
export function chainModule(
  name: string,
  because: ChainModule['because'],
  kernel: KernelModules | undefined,
): ChainModule {
  const asked = moduleName(name);
  if (kernel === undefined || kernel.role === 'names')
    return { name: asked, because, inKernel: null };
  const found = kernel.find(asked);
  if (found !== undefined) return { name: asked, because, inKernel: found };
  const [heir] = kernel.modulesFor(asked);
  const inKernel = heir === undefined ? undefined : kernel.find(heir);
  return heir === undefined || inKernel === undefined
    ? { name: asked, because, inKernel: 'missing' }
    : { name: heir, because, inKernel };
}

/** Modules that something of a type needs, whatever hardware it is on. */
export function typeModules(
  names: readonly string[],
  kernel: KernelModules | undefined,
): readonly ChainModule[] {
  return names.map(name => chainModule(name, 'type', kernel));
}

/** Those that it may use where they exist; kernels differ in what they are split into. */
export function typeModulesIfThere(
  names: readonly string[],
  kernel: KernelModules | undefined,
): readonly ChainModule[] {
  return typeModules(names, kernel).filter(({ inKernel }) => inKernel !== 'missing');
}
