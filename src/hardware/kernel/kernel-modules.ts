/** What a kernel is to the machine that is described. */
export type KernelRole =
  /** Declared, installed below the root, or named by a person: it is the one that will boot. */
  | 'boots'
  /** The running one. What boots next may be another that is split into other modules, as NixOS's. */
  | 'runs'
  /** Another system's, for want of a better one: it only tells how modules are called. */
  | 'names';

/** The modules of one kernel: what its `modules.*` files say. Names are written with `_`. */
export interface KernelModules {
  /** `6.1.0-49-amd64` */
  readonly release: string;
  readonly role: KernelRole;
  /** Modules that say they drive a device with this modalias, in the kernel's order. */
  modulesFor(modalias: string): readonly string[];
  /** Where a module is; undefined: this kernel has no such module. An alias is no name. */
  find(name: string): 'built-in' | 'loadable' | undefined;
  /** All modules that a module needs loaded before it, each after its own needs. */
  dependencies(name: string): readonly string[];
  /** Modules that are wanted with it where they exist (modules.softdep). */
  softDependencies(name: string): readonly string[];
}

/** The same kernel in another role. */
export function inRole(kernel: KernelModules, role: KernelRole): KernelModules {
  return { ...kernel, role };
}

/** The one spelling of a module's name: the kernel takes `-` and `_` for the same. */
export function moduleName(name: string): string {
  return name.replaceAll('-', '_');
}
