import type { Finding } from '../../../errors.ts';
import type { Folder } from '../../../host/folder.ts';
import type { Root } from '../../../host/root.ts';
import { foldCase } from '../../adoption/fold-case.ts';
import type { OtherSystem } from '../other-system.ts';
import { findDistributionMenu } from './distribution-menu.ts';
import { findWindows } from './find-windows.ts';
import { readProbeRecord } from './probe-record.ts';

/** Where other systems are looked for. */
export interface Whereabouts {
  /** What is mounted at the boot folder, or the folder itself. */
  bootTop: Folder;
  /** Logical path of the ESP; undefined where the machine has none. */
  espMountPoint: string | undefined;
  /** Whether what os-prober has found last is wanted. */
  useOSProber: boolean;
  /** UUID of the file system that is mounted at a logical path. */
  fsUuidOf: (mountPoint: string) => string | undefined;
  /** Seconds since the epoch. */
  nowSeconds: number;
}

/**
 * The other systems that the menu shall offer: the distribution's own menu and Windows, which are
 * found by a look into two folders, and what `genctl menu probe` has found last. No program runs.
 */
export function readOtherSystems(
  root: Root,
  { bootTop, espMountPoint, useOSProber, fsUuidOf, nowSeconds }: Whereabouts,
): { systems: OtherSystem[]; findings: Finding[] } {
  const menu = findDistributionMenu(root, bootTop);
  const windows =
    espMountPoint === undefined ? undefined : windowsOn(root, espMountPoint, fsUuidOf);
  const probed = useOSProber ? readProbeRecord(root, nowSeconds) : { systems: [], findings: [] };
  return {
    systems: withoutRepeats([
      ...(menu === undefined ? [] : [menu]),
      ...(windows?.system === undefined ? [] : [windows.system]),
      ...probed.systems,
    ]),
    findings: [...(windows?.finding === undefined ? [] : [windows.finding]), ...probed.findings],
  };
}

function windowsOn(
  root: Root,
  espMountPoint: string,
  fsUuidOf: Whereabouts['fsUuidOf'],
): { system?: OtherSystem; finding?: Finding } {
  using esp = root.folderIfThere(espMountPoint);
  const path = esp === undefined ? undefined : findWindows(esp);
  if (path === undefined) return {};
  const fsUuid = fsUuidOf(espMountPoint);
  if (fsUuid !== undefined) {
    const modules = ['part_gpt', 'part_msdos', 'fat'];
    return { system: { kind: 'efi', title: 'Windows Boot Manager', fsUuid, modules, path } };
  }
  return {
    finding: {
      code: 'OTHER_SYSTEM_UNUSABLE',
      subject: `Windows on ${root.onHost(espMountPoint)}`,
      reason: 'the file system has no UUID that GRUB could search for, so it is not in the menu',
    },
  };
}

/** Of what starts the same, the first. */
function withoutRepeats(systems: readonly OtherSystem[]): OtherSystem[] {
  const seen = new Set<string>();
  return systems.filter(system => {
    const start = whatStarts(system);
    if (seen.has(start)) return false;
    seen.add(start);
    return true;
  });
}

/** What a system is started by, whatever it is called. */
function whatStarts(system: OtherSystem): string {
  const { kind, fsUuid = '' } = system;
  const on = fsUuid.toLowerCase();
  switch (system.kind) {
    case 'efi':
      // It is on FAT.
      return JSON.stringify([kind, on, foldCase(system.path)]);
    case 'grub-menu':
      return JSON.stringify([kind, on, system.path]);
    case 'boot-sector':
      return JSON.stringify([kind, on]);
    case 'linux': {
      const { submenu, linux, initrds, options } = system;
      // The way that is in the menu itself is among the further ones again.
      return JSON.stringify([kind, on, submenu, linux, initrds, options]);
    }
  }
}
