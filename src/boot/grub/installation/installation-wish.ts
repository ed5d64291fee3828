import type { Firmware } from '../../../host/efi-variables.ts';
import type { BootLayout } from '../../layout.ts';
import type { GrubDevice } from '../grub-place.ts';
import type { GrubSettings } from '../grub-settings.ts';
import type { GrubPackages } from './read-packages.ts';

/** Where GRUB is installed to. */
export interface InstallationPlace {
  /** The top of the boot partition's folder, a path of the host. */
  boot: string;
  /** How GRUB gets there. */
  device: GrubDevice;
  /**
   * Whether that folder is one of the host's own file system, as it is where an image is put
   * together in a folder: what `grub-install` puts there would start the host.
   */
  isAssembled: boolean;
  /** Whether who assembles it makes the disk as well, and writes what a BIOS starts from. */
  isDiskToCome: boolean;
  /** Where the ESP is mounted, a path of the host. */
  esp: string | undefined;
  /**
   * The folder of the ESP where a signed GRUB would find a menu of somebody else's before ours;
   * undefined where there is none.
   */
  foreignMenu: string | undefined;
  /** Disks whose first sectors start GRUB by a BIOS, as they were declared. */
  devices: readonly string[];
}

/** All that an installation of GRUB depends on. */
export interface InstallationWish {
  settings: GrubSettings;
  place: InstallationPlace;
  packages: GrubPackages;
  layout: BootLayout;
  /** As Nix calls it, `x86_64-linux`. */
  platform: string;
  /** Undefined where no UEFI is at hand: booted by a BIOS, or another root. */
  firmware: Firmware | undefined;
  /** The `grub.cfg` that the core image reads. */
  stub: string;
  /** How often an installation was asked for that would not have been necessary. */
  round: number;
  /** What UEFI starts GRUB by until now; undefined where nothing of ours is there. */
  started: StartedProgram | undefined;
}

/** A program of ours on the ESP that boots. */
export interface StartedProgram {
  /** What was installed last, as one word; undefined while it was not yet. */
  state: string | undefined;
  /** Below the top of the ESP. */
  folder: string;
  /** Whether an entry of the firmware leads to it, which can be led elsewhere. */
  byEntry: boolean;
}
