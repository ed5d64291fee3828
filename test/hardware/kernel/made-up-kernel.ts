import type { KernelModules } from '../../../src/hardware/kernel/kernel-modules.ts';
import { readKernelModules } from '../../../src/hardware/kernel/read-kernel-modules.ts';

export interface ToldKernel {
  /** By name what each needs, in the order of loading. */
  readonly loadable?: Readonly<Record<string, readonly string[]>>;
  readonly builtin?: readonly string[];
  /** Lines `PATTERN MODULE`. */
  readonly aliases?: readonly string[];
  /** The same of modules that are parts of the kernel. */
  readonly builtinAliases?: readonly string[];
  /** Lines `MODULE pre: …`. */
  readonly softDependencies?: readonly string[];
}

/** The files that depmod and the kernel's build would have written, by name. */
export function kernelFiles(told: ToldKernel): Readonly<Record<string, string>> {
  const path = (name: string): string => `kernel/drivers/${name}.ko.xz`;
  const dependencies = Object.entries(told.loadable ?? {}).map(([name, needs]) =>
    `${path(name)}: ${needs.toReversed().map(path).join(' ')}`.trimEnd(),
  );
  const modinfo = (told.builtinAliases ?? []).map(line => {
    const [pattern, module] = line.split(' ');
    return `${module}.license=GPL\0${module}.alias=${pattern}\0`;
  });
  return {
    'modules.dep': lines(dependencies),
    'modules.builtin': lines((told.builtin ?? []).map(name => `kernel/drivers/${name}.ko`)),
    'modules.builtin.modinfo': modinfo.join(''),
    'modules.alias': lines(['# Aliases', ...(told.aliases ?? []).map(line => `alias ${line}`)]),
    'modules.softdep': lines((told.softDependencies ?? []).map(line => `softdep ${line}`)),
  };
}

export function madeUpKernel(told: ToldKernel): KernelModules {
  return kernelOf(kernelFiles(told));
}

export function kernelOf(files: Readonly<Record<string, string>>): KernelModules {
  const read = (name: string): Uint8Array | undefined => {
    const text = files[name];
    return text === undefined ? undefined : Buffer.from(text, 'latin1');
  };
  const kernel = readKernelModules(read, '6.1.0-test');
  if (kernel === undefined) throw new Error('there is no modules.dep');
  return kernel;
}

/** What Debian's kernel says of common hardware, each line as it is there. */
export const commonKernel: ToldKernel = {
  loadable: {
    ahci: ['scsi_common', 'scsi_mod', 'libata', 'libahci'],
    ata_generic: ['scsi_common', 'scsi_mod', 'libata'],
    ata_piix: ['scsi_common', 'scsi_mod', 'libata'],
    bcache: [],
    btrfs: ['raid6_pq', 'xor'],
    dm_cache: ['dm_mod', 'dm_bio_prison', 'dm_persistent_data'],
    dm_cache_smq: ['dm_mod', 'dm_cache'],
    dm_crypt: ['dm_mod'],
    dm_mod: [],
    dm_raid: ['dm_mod', 'md_mod', 'raid456'],
    dm_snapshot: ['dm_mod', 'dm_bufio'],
    dm_thin_pool: ['dm_mod', 'dm_bio_prison', 'dm_persistent_data'],
    ehci_pci: ['usbcore', 'ehci_hcd'],
    ext4: ['jbd2', 'mbcache', 'crc16'],
    hid: [],
    hid_generic: ['hid'],
    i2c_designware_platform: ['i2c_designware_core'],
    i2c_hid: ['hid'],
    i2c_hid_acpi: ['hid', 'i2c_hid'],
    idma64: [],
    intel_lpss: ['mfd_core'],
    intel_lpss_pci: ['mfd_core', 'intel_lpss'],
    jbd2: [],
    kvm_intel: ['irqbypass', 'kvm'],
    libahci: ['scsi_common', 'scsi_mod', 'libata'],
    libata: ['scsi_common', 'scsi_mod'],
    linear: ['md_mod'],
    mbcache: [],
    md_mod: [],
    mmc_block: ['mmc_core'],
    nls_ascii: [],
    nls_cp437: [],
    nvme: ['nvme_core'],
    nvme_core: [],
    pata_acpi: ['scsi_common', 'scsi_mod', 'libata'],
    raid1: ['md_mod'],
    raid456: ['md_mod', 'async_tx'],
    scsi_common: [],
    scsi_mod: ['scsi_common'],
    sd_mod: ['scsi_common', 'scsi_mod'],
    sdhci_pci: ['mmc_core', 'sdhci'],
    serio_raw: [],
    shpchp: [],
    uas: ['usb_common', 'usbcore', 'scsi_mod', 'usb_storage'],
    uhci_hcd: ['usb_common', 'usbcore'],
    usb_storage: ['usb_common', 'usbcore', 'scsi_mod'],
    usbcore: ['usb_common'],
    usbhid: ['usb_common', 'usbcore', 'hid'],
    vfat: ['fat'],
    vfio_pci: ['vfio', 'vfio_pci_core'],
    virtio_blk: ['virtio', 'virtio_ring'],
    virtio_iommu: ['virtio', 'virtio_ring'],
    virtio_pci: ['virtio', 'virtio_ring'],
    vmd: [],
    xhci_hcd: ['usb_common', 'usbcore'],
    xhci_pci: ['usb_common', 'usbcore', 'xhci_hcd'],
    xhci_pci_renesas: [],
  },
  builtin: ['atkbd', 'i8042', 'pinctrl_tigerlake'],
  aliases: [
    'pci:v*d*sv*sd*bc01sc06i01* ahci',
    'pci:v00008086d00002922sv*sd*bc*sc*i* ahci',
    'pci:v00008086d00007010sv*sd*bc*sc*i* ata_piix',
    'pci:v*d*sv*sd*bc01sc01i* ata_generic',
    'pci:v*d*sv*sd*bc01sc01i* pata_acpi',
    'pci:v*d*sv*sd*bc01sc08i02* nvme',
    'pci:v00008086d00009A0Bsv*sd*bc*sc*i* vmd',
    'pci:v*d*sv*sd*bc06sc04i00* shpchp',
    'pci:v*d*sv*sd*bc0Csc03i30* xhci_pci',
    'pci:v00001912d00000014sv*sd*bc*sc*i* xhci_pci_renesas',
    'pci:v*d*sv*sd*bc0Csc03i20* ehci_pci',
    'pci:v*d*sv*sd*bc0Csc03i00* uhci_hcd',
    'pci:v*d*sv*sd*bc08sc05i* sdhci_pci',
    'pci:v00008086d0000A0E8sv*sd*bc*sc*i* intel_lpss_pci',
    'pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci',
    'virtio:d00000002v* virtio_blk',
    'virtio:d00000017v* virtio_iommu',
    'usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage',
    'usb:v*p*d*dc*dsc*dp*ic03isc*ip*in* usbhid',
    'hid:b*g*v*p* hid_generic',
    'scsi:t-0x00* sd_mod',
    'mmc:block mmc_block',
    'serio:ty06pr*id*ex* serio_raw',
    'platform:i2c_designware i2c_designware_platform',
    'platform:idma64 idma64',
    'acpi*:PNP0C50:* i2c_hid_acpi',
    'fs-ext2 ext4',
    'fs-ext3 ext4',
    'fs-ext4 ext4',
    'fs-vfat vfat',
    'fs-btrfs btrfs',
  ],
  softDependencies: ['intel_lpss pre: platform:idma64', 'uhci_hcd pre: ehci_pci'],
};

function lines(texts: readonly string[]): string {
  return texts.map(text => `${text}\n`).join('');
}
