/*
 * Files as people have them, for machines of hw-fixtures. What programs write is told from their
 * output, not copied from their sources.
 */

const head = (imports: string) => `{ config, lib, pkgs, modulesPath, ... }:
{
  imports = [ ${imports} ];`;

const guest = head('(modulesPath + "/profiles/qemu-guest.nix")');
const real = head('(modulesPath + "/installer/scan/not-detected.nix")');
const platform = 'nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";';
const network = 'networking.useDHCP = lib.mkDefault true;';

/** qemu-nvme-btrfs, as nixos-generate-config writes it. */
export const btrfsToday = `${guest}
  boot.initrd.availableKernelModules = [ "nvme" "xhci_pci" "ahci" "usbhid" "sr_mod" ];
  boot.initrd.kernelModules = [ ];
  boot.kernelModules = [ "kvm-amd" ];
  boot.extraModulePackages = [ ];
  fileSystems."/" = {
    device = "/dev/disk/by-uuid/c0ffee00-1234-4abc-8def-000000000001";
    fsType = "btrfs";
    options = [ "subvol=@" "noatime" "compress=zstd:1" ];
  };
  fileSystems."/home" = {
    device = "/dev/disk/by-uuid/c0ffee00-1234-4abc-8def-000000000001";
    fsType = "btrfs";
    options = [ "subvol=@home" "noatime" "compress=zstd:1" ];
  };
  fileSystems."/nix" = {
    device = "/dev/disk/by-uuid/c0ffee00-1234-4abc-8def-000000000001";
    fsType = "btrfs";
    options = [ "subvol=@nix" "noatime" "compress=zstd:1" ];
  };
  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/1234-ABCE";
    fsType = "vfat";
    options = [ "fmask=0077" "dmask=0077" ];
  };
  fileSystems."/efi" = {
    device = "/dev/disk/by-uuid/1234-ABCD";
    fsType = "vfat";
    options = [ "fmask=0077" "dmask=0077" ];
  };
  swapDevices = [ ];
  ${network}
  # networking.interfaces.enp0s2.useDHCP = lib.mkDefault true;
  ${platform}
}
`;

/** The same machine, as disko puts its file systems, and kept by hand. */
export const btrfsByDisko = `${guest}
  boot.initrd.availableKernelModules = [ "virtio_pci" "virtio_blk" ];
  boot.kernelModules = [ "kvm_amd" ];
  fileSystems = {
    "/" = {
      device = "/dev/disk/by-partlabel/root";
      fsType = "btrfs";
      options = [ "compress=zstd:1" "noatime" "subvol=/@" ];
    };
    "/home" = {
      device = "/dev/disk/by-partlabel/root";
      fsType = "btrfs";
      options = [ "defaults" "compress=zstd:1,noatime,ssd" "subvol=/@home" "space_cache=v2" ];
    };
    "/nix" = {
      device = "PARTLABEL=root";
      fsType = "btrfs";
      options = [ "compress=zstd:1" "noatime" "subvol=/@nix" ];
    };
    "/boot" = {
      device = "/dev/disk/by-partlabel/boot";
      fsType = "vfat";
      options = [ "umask=0077" ];
    };
    "/efi" = {
      device = "/dev/nvme0n1p1";
      options = [ "umask=077" "nofail" "x-systemd.automount" ];
    };
  };
  ${network}
  ${platform}
}
`;

/** laptop-i2c-keyboard, as nixos-generate-config writes it: it knows little of keyboards. */
export const laptopToday = `${real}
  boot.initrd.availableKernelModules = [ "xhci_pci" "nvme" "usb_storage" "sd_mod" ];
  boot.initrd.kernelModules = [ ];
  boot.kernelModules = [ "kvm-intel" ];
  boot.extraModulePackages = [ ];
  fileSystems."/" = {
    device = "/dev/mapper/cryptroot";
    fsType = "ext4";
  };
  boot.initrd.luks.devices."cryptroot".device =
    "/dev/disk/by-uuid/9b1de0c4-33a7-4be2-8f61-2c7be90ad002";
  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/7A1C-0F3E";
    fsType = "vfat";
    options = [ "fmask=0077" "dmask=0077" ];
  };
  swapDevices = [ { device = "/dev/mapper/cryptswap"; } ];
  boot.initrd.luks.devices."cryptswap".device =
    "/dev/disk/by-uuid/1d9f7b52-0c84-4e1a-a2b7-88f0c4d6e004";
  ${platform}
  hardware.cpu.intel.updateMicrocode =
    lib.mkDefault config.hardware.enableRedistributableFirmware;
}
`;

/** The same machine, as it was written in 2019, with labels, and with names of its own. */
export const laptopOfOld = `{ config, lib, pkgs, ... }:
{
  imports = [ <nixpkgs/nixos/modules/installer/scan/not-detected.nix> ];
  boot.initrd.availableKernelModules =
    [ "xhci_pci" "nvme" "usbhid" "i2c-hid-acpi" "hid-asus" "intel_lpss_pci" "pinctrl_alderlake" ];
  boot.kernelModules = [ "kvm-intel" ];
  boot.extraModulePackages = [ ];
  fileSystems."/" = { label = "nixos"; };
  boot.initrd.luks.devices.system.device = "/dev/disk/by-partlabel/root";
  boot.initrd.luks.devices.swap.device = "/dev/nvme0n1p3";
  fileSystems."/boot" = {
    device = "/dev/disk/by-label/ESP";
    fsType = "vfat";
  };
  fileSystems."/home" = {
    device = "/dev/mapper/system";
    fsType = "ext4";
  };
  swapDevices = [ { device = "/dev/mapper/swap"; } ];
  nix.maxJobs = lib.mkDefault 8;
  powerManagement.cpuFreqGovernor = lib.mkDefault "powersave";
}
`;

/** qemu-lvm-on-luks, as nixos-generate-config writes it, with names of LVM's as people do. */
export const volumesToday = `${guest}
  boot.initrd.availableKernelModules = [ "nvme" "ahci" ];
  boot.initrd.kernelModules = [ "dm-snapshot" ];
  boot.kernelModules = [ "kvm-amd" ];
  boot.initrd.luks.devices.crypt.device = "UUID=c0ffee00-1234-4abc-8def-000000000001";
  fileSystems."/" = {
    device = "/dev/vg-host/root";
    fsType = "ext4";
  };
  fileSystems."/home" = {
    device = "/dev/mapper/vg--host-home";
    fsType = "ext4";
    options = [ "nodev" "nosuid" ];
  };
  fileSystems."/boot" = {
    device = "UUID=1234-ABCD";
    fsType = "auto";
    options = [ "umask=0077" ];
  };
  fileSystems."/mnt/backup" = {
    device = "/dev/disk/by-label/backup";
    options = [ "nofail" "x-systemd.automount" ];
  };
  swapDevices = [ { device = "/dev/vg-host/swap"; } ];
  ${network}
  networking.interfaces.enp0s9.useDHCP = true;
  ${platform}
}
`;

/** The same machine after its root was put onto another volume, and a disk was taken out. */
export const volumesBefore = volumesToday
  .replace('/dev/vg-host/root', '/dev/vg-host/old')
  .replace('[ "nofail" "x-systemd.automount" ]', '[ "noatime" ]')
  .replace('"dm-snapshot"', '');

/** qemu-cloned-disks, as nixos-generate-config writes it, which does not see the other disk. */
export const clonesToday = `${guest}
  boot.initrd.availableKernelModules = [ "ahci" ];
  boot.kernelModules = [ "kvm-amd" ];
  fileSystems."/" = {
    device = "/dev/disk/by-uuid/c0ffee00-1234-4abc-8def-000000000001";
    fsType = "ext4";
  };
  fileSystems."/boot" = {
    device = "/dev/disk/by-path/pci-0000:00:1f.2-ata-1.0-part1";
    fsType = "vfat";
    options = [ "fmask=0077" "dmask=0077" ];
  };
  ${network}
  ${platform}
}
`;

/** The same for the disk that the machine does not run from. */
export const clonesOther = clonesToday.replace(
  '/dev/disk/by-uuid/c0ffee00-1234-4abc-8def-000000000001',
  '/dev/disk/by-path/pci-0000:00:1f.2-ata-2-part2',
);
