import { GenctlError } from '../../../errors.ts';
import { type Firmware, readFirmware } from '../../../host/efi-variables.ts';
import type { LoadOption } from '../../../host/load-option.ts';
import { mountsWithin, readMounts } from '../../../host/mounts.ts';
import { platform } from '../../../host/platform.ts';
import { Root } from '../../../host/root.ts';
import { digestOfText } from '../../../transaction/lower.ts';
import type { BootLayout } from '../../layout.ts';
import type { InstalledGrub } from '../../ledger.ts';
import type { OpenVolume } from '../../open-target.ts';
import type { GrubMountPoints } from '../../target-place.ts';
import type { GrubPlace } from '../grub-place.ts';
import type { GrubSettings } from '../grub-settings.ts';
import { firmwareEntriesInto } from '../left-on-esp.ts';
import { renderStub } from '../render-stub.ts';
import type { GrubInstallation, GrubSurroundings } from '../surroundings.ts';
import { isOnEsp, noContents, readEspContents, readForeignMenu } from './esp-contents.ts';
import { efiPlatformOf } from './grub-platform.ts';
import type { StartedProgram } from './installation-wish.ts';
import { measureInstallation, noFiles } from './measure-installation.ts';
import type { GrubPackages } from './read-packages.ts';
import {
  mayTouchFirmware,
  roundOf,
  type WantedInstallation,
  wantedInstallation,
} from './wanted-installation.ts';

/** What an installation of GRUB at one place is made from. */
export interface InstallationSources {
  root: Root;
  layout: BootLayout;
  settings: GrubSettings;
  place: GrubPlace;
  mountPoints: GrubMountPoints;
  esp: OpenVolume | undefined;
  packages: GrubPackages;
  /** What is in place: of that nobody has to know how large it is. */
  recorded: InstalledGrub | undefined;
  disk: TargetDisk;
}

/**
 * The disk that a BIOS starts GRUB from: one of the machine's, or one that the verb makes of the
 * root once all is in it.
 */
export type TargetDisk = 'there' | 'to-come';

/** What has to be installed: as recorded, where that is still right, and anew. */
export function readInstallation(
  sources: InstallationSources,
): Pick<GrubSurroundings, 'installation' | 'installationAnew'> {
  const round = roundOf(sources.recorded?.state);
  const installationAnew = (): GrubInstallation => readRound(sources, round + 1);
  try {
    return { installation: readRound(sources, round), installationAnew };
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    return { installation: thrown, installationAnew };
  }
}

function readRound(sources: InstallationSources, round: number): GrubInstallation {
  const { root, layout, settings, place, mountPoints, esp, packages, recorded } = sources;
  const firmware = readFirmware(root);
  const efiSupport = settings.efiSupport ?? isForEfi(sources, firmware);
  const stub = renderStub(place, layout);
  if (!efiSupport && mountPoints.devices.every(device => device === 'nodev')) {
    if (mountPoints.devices.length === 0) throw undecided();
    return menuOnly(stub, layout, recorded);
  }
  const onEsp = esp && lookAtEsp(sources, esp, firmware);
  const wanted = wantedInstallation({
    settings: { ...settings, efiSupport },
    place: {
      boot: root.onHost(mountPoints.boot),
      device: place.boot,
      isAssembled: !root.isLive && !isMounted(root, mountPoints.boot),
      isDiskToCome: sources.disk === 'to-come',
      esp: esp && root.onHost(esp.mountPoint),
      foreignMenu: onEsp?.foreignMenu,
      devices: mountPoints.devices,
    },
    packages,
    layout,
    platform: platform(),
    firmware,
    stub,
    round,
    started: onEsp && startedProgram(recorded?.state, onEsp),
  });
  const isInPlace = isAsRecorded(wanted, sources);
  using host = new Root('/');
  const size = isInPlace ? { boot: noFiles, esp: noFiles } : measureInstallation(host, wanted);
  return {
    state: wanted.state,
    isInPlace,
    tree: wanted.tree,
    stub: wanted.stub,
    runs: wanted.runs,
    version: packages.builds.get(wanted.platforms[0] ?? 'i386-pc')?.split(' ')[0],
    ...size.boot,
    esp: esp &&
      onEsp && {
        volume: esp.volume,
        mountPoint: esp.mountPoint,
        use: wanted.esp,
        // Nothing will be done there, so nobody has to read whole programs.
        contents:
          isInPlace && onEsp.recorded.join() === wanted.esp?.folder
            ? noContents
            : readEspContents(esp.top, wanted.esp, layout, onEsp.recorded),
        firmware: mayTouchFirmware(settings, firmware)
          ? { description: settings.efiBootloaderId, entries: onEsp.entries }
          : undefined,
        ...size.esp,
      },
  };
}

/**
 * Whether GRUB is for UEFI where nobody says so. What UEFI starts stays where this system runs
 * without it for once: in a rescue system's chroot.
 */
function isForEfi(
  { root, esp, recorded }: InstallationSources,
  firmware: Firmware | undefined,
): boolean {
  if (esp === undefined) return false;
  return firmware !== undefined || !root.isLive || recorded?.esp !== undefined;
}

/** What an ESP has of GRUB before anything is planned. */
interface GrubOnEsp {
  /** Folders of ours. */
  recorded: readonly string[];
  /** The firmware's entries that lead there. */
  entries: readonly LoadOption[];
  /** The menu that a signed GRUB would find before ours. */
  foreignMenu: string | undefined;
}

function lookAtEsp(
  { root, layout, packages, recorded }: InstallationSources,
  { mountPoint, top }: OpenVolume,
  firmware: Firmware | undefined,
): GrubOnEsp {
  const folders = recorded?.esp?.mountPoint === mountPoint ? recorded.esp.folders : [];
  const efiPlatform = efiPlatformOf(platform(), firmware);
  const signed = efiPlatform && packages.signed.get(efiPlatform);
  return {
    recorded: folders,
    entries: firmwareEntriesInto(root, top, folders),
    foreignMenu: efiPlatform && signed && readForeignMenu(top, efiPlatform, signed, layout),
  };
}

/**
 * What the firmware starts, by its own word where an entry leads there; else what was recorded
 * first, behind which is what was only begun.
 */
function startedProgram(
  state: string | undefined,
  { recorded, entries: [entry] }: GrubOnEsp,
): StartedProgram | undefined {
  if (entry !== undefined) {
    const folder = entry.path.slice(0, entry.path.lastIndexOf('/'));
    return { state: folder === recorded[0] ? state : undefined, folder, byEntry: true };
  }
  const [folder] = state === undefined ? [] : recorded;
  return folder === undefined ? undefined : { state, folder, byEntry: false };
}

/** Whether it was installed last, and its program is where firmware looks for it. */
function isAsRecorded(wanted: WantedInstallation, { esp, recorded }: InstallationSources): boolean {
  if (wanted.state !== recorded?.state) return false;
  return wanted.esp === undefined || (esp !== undefined && isOnEsp(esp.top, wanted.esp));
}

/** A machine that a BIOS has started, with an ESP: nobody has said what shall start GRUB. */
function undecided(): GenctlError {
  return new GenctlError(
    'GRUB_NOWHERE',
    'GRUB would be installed nowhere: this machine was not started by UEFI, and no disk is declared',
    {
      hint: 'Set device in [boot.loader.grub] to the disk that the BIOS starts, by a name below /dev/disk/by-id, or to nodev where something else starts GRUB; or efiSupport to true.',
    },
  );
}

/** With `device = nodev` somebody else starts GRUB, and leads it to the menu. */
function menuOnly(
  stub: string,
  { grub }: BootLayout,
  recorded: InstalledGrub | undefined,
): GrubInstallation {
  const state = `nodev-${digestOfText(stub).sha256.slice(0, 16)}`;
  return {
    state,
    isInPlace: state === recorded?.state,
    tree: `${grub.folder}/grub-nodev`,
    stub,
    runs: [],
    version: undefined,
    ...noFiles,
    esp: undefined,
  };
}

/** Whether a file system of the root's own is mounted there, or around it. */
function isMounted(root: Root, path: string): boolean {
  const place = `${root.onHost(path)}/`;
  return mountsWithin(readMounts(), root.hostPath).some(({ mountPoint }) =>
    place.startsWith(`${mountPoint}/`),
  );
}
