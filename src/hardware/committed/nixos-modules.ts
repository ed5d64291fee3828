import type { CommittedModule, CommittedValue } from './committed-module.ts';

/** Kernel modules that are there without being in the module's file, by the option they belong to. */
export type ModulesOfOthers = ReadonlyMap<string, readonly string[]>;

const available = 'boot.initrd.availableKernelModules';
const loaded = 'boot.initrd.kernelModules';
const loadedLater = 'boot.kernelModules';

/** nixpkgs nixos/modules/system/boot/kernel.nix, as of NixOS 24.11: every initrd has them. */
const inEveryInitrd: readonly string[] = wordsOf(`
  ahci sata_nv sata_via sata_sis sata_uli ata_piix pata_marvell nvme sd_mod sr_mod mmc_block
  uhci_hcd ehci_hcd ehci_pci ohci_hcd ohci_pci xhci_hcd xhci_pci
  usbhid hid_generic hid_lenovo hid_apple hid_roccat hid_logitech_hidpp hid_logitech_dj
  hid_microsoft hid_cherry hid_corsair
`);

/** The same file, for processors of Intel's kind only. */
const inEveryInitrdOfX86: readonly string[] = wordsOf('pcips2 atkbd i8042 rtc_cmos');

/** nixpkgs nixos/modules/profiles/qemu-guest.nix. */
const ofQemuGuest = {
  profile: 'modulesPath/profiles/qemu-guest.nix',
  available: wordsOf('virtio_net virtio_pci virtio_mmio virtio_blk virtio_scsi 9p 9pnet_virtio'),
  loaded: wordsOf('virtio_balloon virtio_console virtio_rng virtio_gpu'),
};

/**
 * The modules that NixOS adds to those of a hardware-configuration.nix.
 *
 * @param platform Nix's name of it, where the file does not say
 */
export function modulesOfNixos(
  committed: CommittedModule,
  platform: string | null,
): ModulesOfOthers {
  const hasDefaults = committed.get('boot.initrd.includeDefaultModules') !== false;
  const isX86 = /^(x86_64|i686)-/.test(String(committed.get('nixpkgs.hostPlatform') ?? platform));
  const isGuest = listAt(committed, 'imports').includes(ofQemuGuest.profile);
  return new Map([
    [
      available,
      [
        ...(hasDefaults ? inEveryInitrd : []),
        ...(hasDefaults && isX86 ? inEveryInitrdOfX86 : []),
        ...(isGuest ? ofQemuGuest.available : []),
      ],
    ],
    [loaded, [...(hasDefaults ? ['dm_mod'] : []), ...(isGuest ? ofQemuGuest.loaded : [])]],
    [loadedLater, ['loop', 'atkbd']],
  ]);
}

function listAt(committed: CommittedModule, key: string): readonly string[] {
  const list: CommittedValue | undefined = committed.get(key);
  return typeof list === 'object' ? list : [];
}

function wordsOf(list: string): readonly string[] {
  return list.trim().split(/\s+/);
}
