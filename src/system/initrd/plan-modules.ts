import { GenctlError } from '../../errors.ts';
import type { KernelModules } from '../../hardware/kernel/kernel-modules.ts';
import { chainModule } from '../../hardware/module/chain-modules.ts';
import { fileSystemModules } from '../../hardware/module/file-system-modules.ts';
import type { Configuration } from '../declaration/declaration.ts';
import { formatOrigin, type Origin } from '../declaration/problem.ts';
import { neededMounts } from './needed-mounts.ts';

/** Where a module was declared, for messages. */
export type ModuleOrigin = (
  option: 'boot.initrd.availableKernelModules' | 'boot.initrd.kernelModules',
  item: number,
) => Origin | undefined;

/** The modules of an initrd, by their names as the kernel writes them. */
export interface ModulePlan {
  /** All that are in it, sorted; what is a part of the kernel is not named. */
  readonly present: readonly string[];
  /**
   * Those that are loaded in any case, in this order. The others are when a device turns up that
   * they say they drive, or when the kernel asks for them.
   */
  readonly loaded: readonly string[];
}

/**
 * What lets an ordinary PC or virtual machine find its disk and lets one type, so that a system
 * starts where nobody has probed the hardware. A kernel may lack any of them.
 */
const usualModules: readonly string[] = [
  // Disks of virtual machines.
  'virtio_pci',
  'virtio_mmio',
  'virtio_blk',
  'virtio_scsi',
  'hv_storvsc',
  'vmw_pvscsi',
  'mptspi',
  'xen_blkfront',
  // Disks of PCs.
  'ahci',
  'ata_piix',
  'ata_generic',
  'nvme',
  'vmd',
  'sd_mod',
  'sr_mod',
  'mmc_block',
  'sdhci_acpi',
  'sdhci_pci',
  // Disks and keyboards behind USB.
  'ehci_pci',
  'ohci_pci',
  'uhci_hcd',
  'xhci_pci',
  'usb_storage',
  'uas',
  'usbhid',
  'hid_generic',
  // Keyboards of other kinds.
  'atkbd',
  'i8042',
  'hyperv_keyboard',
  // What tells the boot loader to start another generation.
  'efivarfs',
];

/**
 * What dm-crypt asks the kernel for when it opens a device as LUKS makes it, and is no dependency of
 * it; processors' own instructions are many times as fast.
 */
const cryptModules: readonly string[] = [
  'aesni_intel',
  'algif_skcipher',
  'cbc',
  'dm_crypt',
  'ecb',
  'essiv',
  'sha256_ssse3',
  'xts',
];

/** What a root file system of no declared kind may be. */
const usualFileSystems: readonly string[] = ['ext4', 'xfs', 'f2fs'];

/**
 * Which modules an initrd for this configuration holds and loads. Pure.
 *
 * @param hasDeviceAlias whether a module says of itself which devices it drives
 * @throws GenctlError INITRD_MODULE_MISSING where the kernel lacks one that is declared, or that a
 *   declared file system needs
 */
export function planModules(
  configuration: Configuration,
  kernel: KernelModules,
  hasDeviceAlias: (module: string) => boolean,
  originOf: ModuleOrigin,
): ModulePlan {
  const { availableKernelModules, kernelModules } = configuration.boot.initrd;
  const resolve = (
    names: readonly string[],
    option: Parameters<ModuleOrigin>[0],
  ): readonly string[] =>
    names.flatMap((name, item) => {
      const found = chainModule(name, 'type', kernel);
      if (found.inKernel === 'missing') {
        const origin = originOf(option, item);
        throw missing(origin === undefined ? option : formatOrigin(origin), name, kernel);
      }
      return found.inKernel === 'loadable' ? found.name : [];
    });
  const available = resolve(availableKernelModules, 'boot.initrd.availableKernelModules');
  const always = resolve(kernelModules, 'boot.initrd.kernelModules');
  const mounting = mountingModules(configuration, kernel);
  const isEncrypted = Object.keys(configuration.boot.initrd.luks.devices).length > 0;
  const usual = [...usualModules, ...(isEncrypted ? cryptModules : [])].filter(
    name => kernel.find(name) === 'loadable',
  );
  return {
    present: withNeeds([...usual, ...available, ...always, ...mounting], kernel),
    loaded: [
      ...new Set([...always, ...available.filter(name => !hasDeviceAlias(name)), ...mounting]),
    ],
  };
}

/** What mounts the declared file systems that are needed at boot. */
function mountingModules(configuration: Configuration, kernel: KernelModules): readonly string[] {
  const root = configuration.fileSystems['/'];
  const rootType = root?.fsType === 'auto' ? undefined : root?.fsType;
  const others = neededMounts(configuration).map(({ place, fsType }) => ({ place, fsType }));
  const declared = [{ place: '/', fsType: rootType }, ...others].flatMap(({ place, fsType }) =>
    fsType === undefined
      ? []
      : fileSystemModules(fsType, kernel).map(({ name, inKernel }) => {
          if (inKernel !== 'missing') return { name, inKernel };
          throw missing(`[fileSystems ${JSON.stringify(place)}]`, name, kernel);
        }),
  );
  const usual =
    rootType === undefined ? usualFileSystems.flatMap(type => fileSystemModules(type, kernel)) : [];
  const loadable = [...declared, ...usual].filter(({ inKernel }) => inKernel === 'loadable');
  return [...new Set(loadable.map(({ name }) => name))];
}

/** The modules and all that they need or ask for, sorted. */
function withNeeds(names: readonly string[], kernel: KernelModules): readonly string[] {
  const all = new Set(names);
  // What is added while the set is walked is walked too.
  for (const name of all) {
    for (const needed of [...kernel.dependencies(name), ...kernel.softDependencies(name)]) {
      if (kernel.find(needed) === 'loadable') all.add(needed);
    }
  }
  return [...all].toSorted();
}

function missing(where: string, name: string, { release }: KernelModules): GenctlError {
  return new GenctlError(
    'INITRD_MODULE_MISSING',
    `${where}: kernel ${release} has no module ${name}`,
    {
      hint: 'Remove the line, or declare a kernelPackage that has it; a cloud kernel has few drivers.',
    },
  );
}
