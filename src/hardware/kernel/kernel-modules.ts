/** The modules of one kernel: what its `modules.*` files say. Names are written with `_`. */
export interface KernelModules {
  /** `6.1.0-49-amd64` */
  readonly release: string;
  /** Modules that say they drive a device with this modalias, in the kernel's order. */
  modulesFor(modalias: string): readonly string[];
  /** Where a module is; undefined: this kernel has no such module. An alias is no name. */
  find(name: string): 'built-in' | 'loadable' | undefined;
  /** All modules that a module needs loaded before it, each after its own needs. */
  dependencies(name: string): readonly string[];
  /** Modules that are wanted with it where they exist (modules.softdep). */
  softDependencies(name: string): readonly string[];
}

/** The one spelling of a module's name: the kernel takes `-` and `_` for the same. */
export function moduleName(name: string): string {
  return name.replaceAll('-', '_');
}
