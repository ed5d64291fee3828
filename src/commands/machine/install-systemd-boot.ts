import {
  type BootTarget,
  mapPartitions,
  mountPointOf,
  type SystemdBootPlace,
} from '../../boot/boot-target.ts';
import { readEspContents } from '../../boot/grub/installation/esp-contents.ts';
import type { OpenTargets } from '../../boot/open-targets.ts';
import { partitionAfter } from '../../boot/partition-after.ts';
import { needOf, type PartitionNeed } from '../../boot/plan-target.ts';
import type { BootPartition } from '../../boot/read-boot-partition.ts';
import { readInstalledLoader } from '../../boot/systemd-boot/installed-loader.ts';
import { findLoaderBinary } from '../../boot/systemd-boot/loader-binary.ts';
import {
  type Installation,
  newerLoaders,
  planInstallation,
  versionInPlace,
} from '../../boot/systemd-boot/plan-installation.ts';
import { type Finding, GenctlError } from '../../errors.ts';
import { readFirmware } from '../../host/efi-variables.ts';
import type { Folder } from '../../host/folder.ts';
import { platform } from '../../host/platform.ts';
import type { Root } from '../../host/root.ts';
import { isInstalled } from '../../host/run.ts';
import { joinParts, type PlanParts } from '../../transaction/plan.ts';
import type { Machine } from './read-machine.ts';
import { planEach } from './room.ts';

/** systemd-boot as it is put in place, on every target that uses it. */
export interface SystemdBootInstallation {
  parts: PlanParts;
  /** Those targets, as they will be then. */
  targets: readonly BootTarget[];
  needs: readonly PartitionNeed[];
  findings: readonly Finding[];
  setAside: readonly Finding[];
  version: string | undefined;
  /** The program that is copied. */
  source: string;
}

/**
 * Plans what makes systemd-boot a boot loader of this machine.
 *
 * @param usr where the machine's `/usr` is, a logical path
 * @throws GenctlError LOADER_BINARY_MISSING, LOADER_FOREIGN, …; LOADER_NOT_INSTALLED where there
 *   is none to update
 */
export function installSystemdBoot(
  root: Root,
  machine: Machine,
  open: OpenTargets,
  verb: 'install' | 'update',
  usr?: string,
): SystemdBootInstallation {
  const binary = findLoaderBinary(root, platform(), readFirmware(root), usr);
  const targets = machine.targets.filter(target => placeOf(target) !== undefined);
  const { plans, setAside } = planEach(root, { ...machine, targets }, target => {
    const { esp, boot } = placeOf(target) as SystemdBootPlace;
    const installation: Installation = {
      partition: esp,
      layout: machine.layout,
      owner: machine.state.owner,
      settings: machine.settings,
      binary,
      installed: {
        own: readInstalledLoader(open.top(esp.volume), binary.paths.own),
        removable: isGivenUp(target, open.top(esp.volume), binary.paths.removable, machine)
          ? undefined
          : readInstalledLoader(open.top(esp.volume), binary.paths.removable),
      },
      bootctl: usesBootctl(root) ? { paths: bootctlPaths(esp, boot), verb } : undefined,
    };
    if (verb === 'update') assertInstalled(root, installation);
    const parts = planInstallation(installation);
    return { installation, parts, target, needs: [needOf(esp, parts)] };
  });
  return {
    parts: joinParts(plans.map(({ parts }) => parts)),
    targets: plans.map(({ target, parts }) =>
      mapPartitions(target, partition => partitionAfter(partition, parts)),
    ),
    needs: plans.flatMap(({ needs }) => needs),
    findings: plans.flatMap(({ installation }) => newerLoaders(installation)),
    setAside,
    version: plans.map(({ installation }) => versionInPlace(installation))[0],
    source: binary.source,
  };
}

function placeOf({ places }: BootTarget): SystemdBootPlace | undefined {
  return places.find(place => place.loader === 'systemd-boot');
}

/** Whether what firmware starts without an entry is a GRUB of ours that is given up. */
function isGivenUp(
  { places }: BootTarget,
  esp: Folder,
  path: string,
  { layout }: Pick<Machine, 'layout'>,
): boolean {
  if (places.some(({ loader }) => loader === 'grub')) return false;
  const { removable } = readEspContents(esp, undefined, layout);
  return removable.some(other => other.toLowerCase() === path.toLowerCase());
}

/** Whether a target boots by systemd-boot, which nobody has installed there. */
export function lacksSystemdBoot(target: BootTarget, { layout }: Pick<Machine, 'layout'>): boolean {
  const esp = placeOf(target)?.esp;
  const { sector } = layout.systemdBoot;
  return esp !== undefined && esp.ledger?.files.some(({ path }) => path === sector) !== true;
}

/** The machine with some of its targets seen in another way. */
export function withTargets(machine: Machine, seen: readonly BootTarget[]): Machine {
  const targets = machine.targets.map(
    target => seen.find(other => isSamePlace(target, other)) ?? target,
  );
  return { ...machine, targets };
}

export function isSamePlace(left: BootTarget, right: BootTarget): boolean {
  return mountPointOf(left) === mountPointOf(right);
}

function usesBootctl(root: Root): boolean {
  return root.isLive && isInstalled('bootctl');
}

function bootctlPaths(esp: BootPartition, boot: BootPartition): string[] {
  const paths = [`--esp-path=${esp.mountPoint}`];
  return boot === esp ? paths : [...paths, `--boot-path=${boot.mountPoint}`];
}

function assertInstalled(root: Root, { installed, partition }: Installation): void {
  if (installed.own?.version !== undefined) return;
  throw new GenctlError(
    'LOADER_NOT_INSTALLED',
    `${root.onHost(partition.mountPoint)} has no systemd-boot to update`,
    { hint: 'Run `genctl loader install`.' },
  );
}
