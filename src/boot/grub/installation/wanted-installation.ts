import { createHash } from 'node:crypto';
import { GenctlError } from '../../../errors.ts';
import type { Firmware } from '../../../host/efi-variables.ts';
import type { GrubInstallRun } from '../../../transaction/step.ts';
import type { GrubSettings } from '../grub-settings.ts';
import { assembledForBios, assembledForEfi } from './assembled-runs.ts';
import { type EspUse, removableFolder } from './esp-use.ts';
import {
  type EfiPlatform,
  efiPlatformOf,
  type GrubPlatform,
  isX86,
  modulePackages,
  signedPackages,
} from './grub-platform.ts';
import type { InstallationPlace, InstallationWish } from './installation-wish.ts';
import type { GrubPackages } from './read-packages.ts';

/** GRUB as it has to be installed. Plain data. */
export interface WantedInstallation {
  /** All that it is made from, as one word: where it is the same, there is nothing to do. */
  state: string;
  /** The folder below the top of the boot partition that is all its own. */
  tree: string;
  stub: string;
  runs: readonly GrubInstallRun[];
  platforms: readonly GrubPlatform[];
  hasFont: boolean;
  esp: EspUse | undefined;
}

/**
 * What `grub-install` has to be called with, and a word for all that the result depends on. Pure.
 *
 * @throws GenctlError GRUB_NOWHERE, GRUB_NO_ESP, GRUB_PLATFORM_UNKNOWN, GRUB_PACKAGES_MISSING,
 *   GRUB_NOT_SIGNED, GRUB_MENU_OF_ANOTHER, GRUB_NEEDS_DEVICE, GRUB_ENCRYPTED, GRUB_FORCED_TWICE
 */
export function wantedInstallation(wish: InstallationWish): WantedInstallation {
  const { settings, place, packages, layout, stub, round } = wish;
  assertReachable(wish);
  const devices = place.devices.filter(device => device !== 'nodev');
  const program = settings.efiSupport ? espProgram(wish) : undefined;
  if (devices.length === 0 && program === undefined) {
    throw new GenctlError(
      'GRUB_NOWHERE',
      'GRUB would be installed nowhere: no disk is declared for a BIOS, and UEFI is not wanted',
      {
        hint: 'Set device in [boot.loader.grub] to the disk that the BIOS starts, by a name below /dev/disk/by-id; or efiSupport = true.',
      },
    );
  }
  const platforms: GrubPlatform[] = [
    ...(devices.length > 0 ? (['i386-pc'] as const) : []),
    ...(program === undefined ? [] : [program.platform]),
  ];
  if (devices.length > 0 && !isX86(wish.platform)) throw unknownPlatform(wish.platform);
  if (devices.length > 1 && settings.forceInstall) throw forcedTwice(devices);
  assertInstalled(packages, platforms);
  const hasFont = packages.hasFont && wantsGraphics(settings);
  const made = {
    builds: platforms.map(platform => packages.builds.get(platform)),
    signed: program?.isSigned === true ? packages.signed.get(program.platform) : undefined,
    device: place.device,
    devices,
    program,
    firmwareEntry: firmwareEntry(wish),
    bootloaderId: settings.efiBootloaderId,
    force: settings.forceInstall,
    hasFont,
    stub,
  };
  const hash = createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 16);
  const state = round === 0 ? hash : `${hash}-${round}`;
  const tree = `${layout.grub.folder}/grub-${state}`;
  const esp = program && { ...program, folder: espFolder(wish, state) };
  const [forBios, forEfi] = place.isAssembled
    ? [assembledForBios, assembledForEfi]
    : [biosRun, efiRun];
  return {
    state,
    tree,
    stub,
    runs: [
      ...devices.map(device => forBios(wish, device, tree, hasFont)),
      ...(esp === undefined ? [] : [forEfi(wish, esp, tree, hasFont)]),
    ],
    platforms,
    hasFont,
    esp,
  };
}

/**
 * How often an installation has been asked for anew, by the state that is recorded.
 *
 * @param state undefined where nothing is recorded
 */
export function roundOf(state: string | undefined): number {
  return Number(/-(\d+)$/.exec(state ?? '')?.[1] ?? 0);
}

function assertReachable({ place, settings }: InstallationWish): void {
  const isForDisk = place.devices.some(device => device !== 'nodev');
  if (place.isAssembled && isForDisk && !place.isDiskToCome) {
    throw new GenctlError(
      'GRUB_NEEDS_DEVICE',
      `${place.boot} is on a file system of this machine: GRUB would start this machine from there`,
      {
        hint: '`genctl image` makes a disk with GRUB in its first sectors. Or make the file systems on a loop device (losetup --partscan) and mount them below the root.',
      },
    );
  }
  if (place.device.cryptodisks.length > 0 && !settings.enableCryptodisk) {
    throw new GenctlError(
      'GRUB_ENCRYPTED',
      `${place.boot} is encrypted: GRUB would have to ask its passphrase`,
      {
        hint: 'Set enableCryptodisk = true in [boot.loader.grub], or have /boot on a partition that is not encrypted.',
      },
    );
  }
}

function espProgram({
  settings,
  place,
  packages,
  platform,
  firmware,
}: InstallationWish): Omit<EspUse, 'folder'> {
  const efiPlatform = efiPlatformOf(platform, firmware);
  if (efiPlatform === undefined) throw unknownPlatform(platform);
  if (place.esp === undefined) {
    throw new GenctlError('GRUB_NO_ESP', 'GRUB for UEFI needs an EFI system partition', {
      hint: 'Set efiSysMountPoint in [boot.loader] to where it is mounted; or efiSupport = false in [boot.loader.grub].',
    });
  }
  const isSecure = firmware?.secureBoot === true;
  const signed = packages.signed.get(efiPlatform);
  if (isSecure) assertStarts(efiPlatform, place, signed !== undefined);
  return {
    platform: efiPlatform,
    isRemovable: settings.efiInstallAsRemovable,
    // It boots without Secure Boot as well, and goes on doing so when that is turned on. But it
    // starts the first menu that it finds; and only grub-install knows what belongs beside it.
    isSigned: signed !== undefined && place.foreignMenu === undefined && !place.isAssembled,
  };
}

/**
 * Where the program goes. FAT cannot replace a file atomically; but firmware can be led from one
 * program to another, so what it starts stays whole until there is another one in a folder beside.
 */
function espFolder({ settings, firmware, started }: InstallationWish, state: string): string {
  if (settings.efiInstallAsRemovable) return removableFolder;
  const own = `EFI/${settings.efiBootloaderId}`;
  const beside = `${own}-b`;
  if (started === undefined || ![own, beside].includes(started.folder)) return own;
  const isLed = started.byEntry && mayTouchFirmware(settings, firmware);
  if (state === started.state || !isLed) return started.folder;
  return started.folder === own ? beside : own;
}

/** Secure Boot starts signed programs only, and those read the menu that their signer says. */
function assertStarts(
  platform: EfiPlatform,
  { esp, foreignMenu }: InstallationPlace,
  isThere: boolean,
): void {
  if (!isThere) {
    throw new GenctlError(
      'GRUB_NOT_SIGNED',
      'Secure Boot is on, and there is no signed GRUB here: the firmware would refuse to start another one',
      {
        hint: `Install it: apt-get install ${signedPackages[platform]} shim-signed; or turn Secure Boot off in the firmware.`,
      },
    );
  }
  if (foreignMenu === undefined) return;
  throw new GenctlError(
    'GRUB_MENU_OF_ANOTHER',
    `Secure Boot is on, and a signed GRUB starts the menu in ${esp}/${foreignMenu}, which is not ours`,
    {
      hint: 'Turn Secure Boot off in the firmware, or use another EFI system partition; if that menu is of a system that is gone, move its folder away.',
    },
  );
}

function assertInstalled(packages: GrubPackages, platforms: readonly GrubPlatform[]): void {
  const missing = [
    ...(packages.hasInstaller ? [] : ['grub2-common']),
    ...platforms.flatMap(platform =>
      packages.builds.has(platform) ? [] : [modulePackages[platform]],
    ),
  ];
  if (missing.length === 0) return;
  throw new GenctlError(
    'GRUB_PACKAGES_MISSING',
    `GRUB for ${platforms.join(' and ')} is not installed here`,
    { hint: `Install it: apt-get install ${missing.join(' ')}` },
  );
}

function unknownPlatform(platform: string): GenctlError {
  return new GenctlError('GRUB_PLATFORM_UNKNOWN', `GRUB cannot be installed for ${platform}`, {
    hint: 'For a BIOS it is installed on x86, for UEFI on x86 and aarch64.',
  });
}

/**
 * A disk that is started through a list of blocks needs its core image where it is, and the run for
 * the next disk writes another one to that name.
 */
function forcedTwice(devices: readonly string[]): GenctlError {
  return new GenctlError(
    'GRUB_FORCED_TWICE',
    `GRUB cannot be forced onto ${devices.length} disks: the last one may take away what the others start from`,
    { hint: 'Set forceInstall = false in [boot.loader.grub], or leave one disk.' },
  );
}

/** A boot entry is made by the machine that it is for, while its firmware listens. */
function firmwareEntry({ settings, firmware }: InstallationWish): boolean {
  return !settings.efiInstallAsRemovable && mayTouchFirmware(settings, firmware);
}

/** Whether entries of the firmware's menu may be made, led elsewhere and deleted. */
export function mayTouchFirmware(
  { canTouchEfiVariables }: Pick<GrubSettings, 'canTouchEfiVariables'>,
  firmware: Firmware | undefined,
): boolean {
  return canTouchEfiVariables && firmware !== undefined;
}

function wantsGraphics({ terminalOutput, theme, splashImage }: GrubSettings): boolean {
  return terminalOutput.includes('gfxterm') || theme !== undefined || splashImage !== undefined;
}

function biosRun(
  { settings, place }: InstallationWish,
  device: string,
  tree: string,
  hasFont: boolean,
): GrubInstallRun {
  const force = settings.forceInstall ? ['--force'] : [];
  const grub = `${place.boot}/${tree}/grub`;
  return {
    device,
    args: [
      '--target=i386-pc',
      ...copyArgs(place, tree, hasFont),
      ...force,
      // What is in force stays so until what it is exchanged for is durable.
      '--no-bootsector',
      device,
    ],
    setup: [`--directory=${grub}/i386-pc`, `--device-map=${grub}/device.map`, ...force, device],
  };
}

function efiRun(
  wish: InstallationWish,
  { platform, folder, isRemovable, isSigned }: EspUse,
  tree: string,
  hasFont: boolean,
): GrubInstallRun {
  const { place, started } = wish;
  const makesEntry = firmwareEntry(wish) && started?.byEntry !== true;
  return {
    device: `the ESP at ${place.esp}`,
    args: [
      `--target=${platform}`,
      ...copyArgs(place, tree, hasFont),
      `--efi-directory=${place.esp}`,
      `--bootloader-id=${folder.slice(folder.lastIndexOf('/') + 1)}`,
      ...(isRemovable ? ['--removable'] : []),
      ...(makesEntry ? [] : ['--no-nvram']),
      isSigned ? '--uefi-secure-boot' : '--no-uefi-secure-boot',
    ],
  };
}

/** What is copied beside the modules: nothing that our menu has no use for. */
function copyArgs({ boot }: InstallationPlace, tree: string, hasFont: boolean): string[] {
  return [
    `--boot-directory=${boot}/${tree}`,
    '--locales=',
    '--themes=',
    hasFont ? '--fonts=unicode' : '--fonts=',
  ];
}
