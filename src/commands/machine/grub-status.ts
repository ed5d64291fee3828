import type { GrubLoaderPlace } from '../../boot/boot-target.ts';
import { programPath } from '../../boot/grub/installation/esp-use.ts';
import {
  type Progress,
  progressOf,
  readInstalledVersion,
} from '../../boot/grub/installation/installed-grub.ts';
import type { GrubInstallation } from '../../boot/grub/surroundings.ts';
import type { BootLayout } from '../../boot/layout.ts';
import type { OpenTargets } from '../../boot/open-targets.ts';
import { openBelow } from '../../boot/read-boot-partition.ts';
import type { TargetPlace } from '../../boot/target-place.ts';
import type { Finding, GenctlError } from '../../errors.ts';
import type { Folder } from '../../host/folder.ts';
import { type LoadOption, optionsInto } from '../../host/load-option.ts';
import { readLoadOptions } from '../../host/load-options.ts';
import { partitionUuidOf } from '../../host/partition-entry.ts';
import type { Root } from '../../host/root.ts';
import type { BootSettings } from './boot-settings.ts';
import { grubReader } from './read-grub.ts';

/** GRUB at one place, as `loader status` shows it. */
export interface GrubStatus {
  /** The folder that it reads, on the host. */
  folder: string;
  /**
   * `outdated`: another GRUB is at hand, or other settings are; `unfinished`: an installation was
   * begun and not ended; `unknown`: nobody here could install one, so what it should be is not known.
   */
  state: 'up-to-date' | 'outdated' | 'unfinished' | 'missing' | 'unknown';
  /** Of the GRUB that boots; null where none is whole. */
  version: string | null;
  /** Of the GRUB that would be installed now. */
  versionAtHand: string | null;
  /** Disks whose first sectors start it. */
  devices: readonly string[];
  esp: EspStatus | null;
}

/** What firmware starts GRUB by. */
export interface EspStatus {
  /** The program on the host. */
  program: string;
  isThere: boolean;
  /** The firmware's own entries that lead to it; null where they are not known here. */
  firmwareEntries: readonly Pick<LoadOption, 'number' | 'description'>[] | null;
}

/**
 * Looks at what is installed of GRUB, at each place that it shall boot from.
 *
 * @throws GenctlError LEDGER_TOO_NEW, … of the first place, where there is no other
 */
export async function lookAtGrub(
  root: Root,
  settings: BootSettings,
  layout: BootLayout,
  open: OpenTargets,
): Promise<{ places: GrubStatus[]; findings: Finding[] }> {
  const isUsed = open.usable.some(({ places }) => places.some(({ loader }) => loader === 'grub'));
  if (!isUsed) return { places: [], findings: [] };
  const { targets, setAside } = open.read(
    root,
    layout,
    await grubReader(root, settings, layout, 'there'),
  );
  const places = targets
    .flatMap(target => target.places)
    .flatMap(place => (place.loader === 'grub' ? [place] : []));
  const statuses = places.map(place => statusOf(root, place, open, settings.places));
  return {
    places: statuses,
    findings: [
      ...setAside.filter(finding => !open.setAside.includes(finding)),
      ...places.flatMap(({ boot, surroundings: { installation } }) =>
        'code' in installation ? [cannotInstall(root.onHost(boot.mountPoint), installation)] : [],
      ),
      ...statuses.flatMap(problemsOf),
    ],
  };
}

function statusOf(
  root: Root,
  { boot, esp, surroundings: { installation } }: GrubLoaderPlace,
  open: OpenTargets,
  declared: readonly TargetPlace[],
): GrubStatus {
  const recorded = boot.ledger?.grub;
  const wanted = 'code' in installation ? undefined : installation;
  const use = wanted?.esp?.use;
  return {
    folder: root.onHost(boot.mountPoint),
    state: stateOf(progressOf(recorded), wanted),
    version: readInstalledVersion(open.top(boot.volume), recorded) ?? null,
    versionAtHand: wanted?.version ?? null,
    devices: devicesAt(boot.mountPoint, declared),
    esp:
      esp === undefined || use === undefined
        ? null
        : lookAtEsp(root, open.top(esp.volume), esp.mountPoint, programPath(use)),
  };
}

function stateOf(progress: Progress, wanted: GrubInstallation | undefined): GrubStatus['state'] {
  if (progress !== 'whole') return progress;
  if (wanted === undefined) return 'unknown';
  return wanted.isInPlace ? 'up-to-date' : 'outdated';
}

function devicesAt(mountPoint: string, declared: readonly TargetPlace[]): readonly string[] {
  return declared
    .flatMap(({ loaders }) => loaders)
    .flatMap(place => (place.loader === 'grub' && place.boot === mountPoint ? place.devices : []))
    .filter(device => device !== 'nodev');
}

function lookAtEsp(root: Root, top: Folder, mountPoint: string, program: string): EspStatus {
  const cut = program.lastIndexOf('/');
  const [folder, name] = [program.slice(0, cut), program.slice(cut + 1)];
  using parent = openBelow(top, folder);
  const partitionUuid = partitionUuidOf(top);
  return {
    program: `${root.onHost(mountPoint)}/${program}`,
    // FAT folds case.
    isThere: parent?.names().some(each => each.toLowerCase() === name.toLowerCase()) === true,
    firmwareEntries:
      root.isLive && partitionUuid !== undefined
        ? optionsInto(readLoadOptions(root), { partitionUuid, folder }).map(
            ({ number, description }) => ({ number, description }),
          )
        : null,
  };
}

function cannotInstall(subject: string, { code, message, hint }: GenctlError): Finding {
  return { code, subject, reason: message, ...(hint !== undefined && { hint }) };
}

function problemsOf({ folder, state, esp }: GrubStatus): Finding[] {
  const hint = 'Run `genctl loader install`.';
  if (state === 'missing') {
    return [{ code: 'GRUB_MISSING', subject: folder, reason: 'GRUB is not installed', hint }];
  }
  if (state === 'unfinished') {
    const reason = 'an installation of GRUB was begun and has not come to its end';
    return [{ code: 'GRUB_UNFINISHED', subject: folder, reason, hint }];
  }
  if (esp?.isThere === false) {
    const reason = 'what the firmware would start of GRUB is gone';
    return [{ code: 'GRUB_PROGRAM_GONE', subject: esp.program, reason, hint }];
  }
  return [];
}

/** What `loader status` says of GRUB to people. */
export function sayGrub(status: GrubStatus): string[] {
  const { folder, devices, esp } = status;
  return [
    `${folder}: ${sayState(status)}`,
    ...(devices.length === 0 ? [] : [`  started by a BIOS from ${devices.join(', ')}`]),
    ...(esp === null ? [] : sayEsp(esp)),
    ...(devices.length === 0 && esp === null
      ? ['  a menu only: what starts GRUB is not genctl’s (device = nodev)']
      : []),
  ];
}

function sayState({ state, version, versionAtHand }: GrubStatus): string {
  const grub = version === null ? 'GRUB' : `GRUB ${version}`;
  switch (state) {
    case 'up-to-date':
      return grub;
    case 'outdated':
      return versionAtHand === version
        ? `${grub}, to be installed anew: \`genctl loader update\``
        : `${grub}, and ${versionAtHand} is at hand: \`genctl loader update\``;
    case 'unfinished':
      return `${grub}, of which an installation has not come to its end`;
    case 'missing':
      return 'GRUB is not installed';
    case 'unknown':
      return `${grub}, which could not be installed again here`;
  }
}

function sayEsp({ program, isThere, firmwareEntries }: EspStatus): string[] {
  const entries = (firmwareEntries ?? []).map(
    ({ number, description }) => `Boot${number} (${description})`,
  );
  return [
    `  started by UEFI from ${program}${isThere ? '' : ', which is not there'}`,
    ...(entries.length === 0 ? [] : [`  in the firmware's menu: ${entries.join(', ')}`]),
  ];
}
