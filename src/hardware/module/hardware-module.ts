import type { SourceKind } from '../sources/hardware-source.ts';

/**
 * A hardware-configuration module, before it is written in some language: definitions of options
 * by their NixOS names, each with its reasons, and what was seen and left out.
 */
export interface HardwareModule {
  /** In the order in which they are written. */
  readonly definitions: readonly Definition[];
  readonly omissions: readonly Omission[];
}

/**
 * A NixOS option's path; what stands for a name (a mount point, a device) is a part of its own:
 * `['fileSystems', '/boot', 'device']`, `['swapDevices', '/dev/disk/by-uuid/…', 'device']`
 * (a list in NixOS, told apart by the device here).
 */
export type OptionPath = readonly string[];

export type Definition = Value | Item;

interface Reasoned {
  readonly option: OptionPath;
  /**
   * Why it is there, one clause each, without anything that changes by itself:
   * `nvme: 0000:01:00.0 144d:a808`.
   */
  readonly because: readonly string[];
  /** Whether the machine may fail to boot without it. */
  readonly neededToBoot: boolean;
}

/** An option with one value. */
export interface Value extends Reasoned {
  readonly kind: 'value';
  readonly value: string | number | boolean | NixExpression;
  /** Whether others may say otherwise without a conflict (`lib.mkDefault`). */
  readonly isDefault: boolean;
}

/** One element of a list of texts, or of modules to import. */
export interface Item extends Reasoned {
  readonly kind: 'item';
  readonly value: string | NixExpression;
}

/** What only NixOS can evaluate; a word from a fixed set, never made from what was probed. */
export interface NixExpression {
  readonly nix:
    | 'config.hardware.enableRedistributableFirmware'
    | 'config.boot.initrd.systemd.enable'
    | '(modulesPath + "/profiles/qemu-guest.nix")'
    | '(modulesPath + "/installer/scan/not-detected.nix")'
    | '(modulesPath + "/hardware/network/broadcom-43xx.nix")';
}

/** Something that was seen and is not in the module. */
export interface Omission {
  /** `/media/stick`, `network interface docker0`. */
  readonly subject: string;
  /** One clause. */
  readonly reason: string;
}

/** How the devices of file systems and swaps are named: a folder below /dev/disk. */
export type DeviceNaming = 'uuid' | 'partuuid' | 'label' | 'id' | 'path';

/** What a person can choose about a module. */
export interface ModuleChoices {
  readonly deviceBy: DeviceNaming;
  /** Without them for whoever declares disks elsewhere, as disko does. */
  readonly withFileSystems: boolean;
  /** Where the machine that is described is mounted: `/`, or `/mnt` during an installation. */
  readonly root: string;
}

/** What a module was made from, for its header. */
export interface ModuleOrigin {
  readonly source: SourceKind;
  /** The kernel whose modules were looked through; null where none was at hand. */
  readonly kernelRelease: string | null;
}
