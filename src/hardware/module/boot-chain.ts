/**
 * From something that has to be there at boot down to the hardware: `/` on ext4, on an opened LUKS
 * device, on a partition, on a disk, at a controller, on a bus. Each link names the kernel module
 * that it needs.
 */
export interface BootChain {
  /** What needs it: `/`, `/boot`, `swap on …`, `a keyboard`. */
  readonly subject: string;
  /** Whether the machine does not come up without it. */
  readonly neededToBoot: boolean;
  readonly links: readonly ChainLink[];
}

export interface ChainLink {
  /** `network`: what follows is reached over it, and has to be in the initrd. */
  readonly kind: 'file-system' | 'mapping' | 'raid' | 'partition' | 'disk' | 'device' | 'network';
  /** What it is, without names that change from boot to boot: `ahci: 0000:00:1f.2 8086:2922`. */
  readonly what: string;
  readonly modules: readonly ChainModule[];
}

export interface ChainModule {
  /** With `_`. */
  readonly name: string;
  /** How it is known that it is needed. */
  readonly because: 'bound' | 'alias' | 'bound and alias' | 'type';
  /**
   * Where the kernel that shall boot has it; `missing` is what does not boot. Null where no kernel
   * was at hand, or only another system's.
   */
  readonly inKernel: 'built-in' | 'loadable' | 'missing' | null;
}
