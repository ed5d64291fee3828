import type { OtherSystem } from '../boot/grub/other-system.ts';
import { deviceHolding } from '../boot/grub/other-systems/device-holding.ts';
import { probeRecord, renderProbeRecord } from '../boot/grub/other-systems/probe-record.ts';
import { probeSystems } from '../boot/grub/other-systems/probe-systems.ts';
import { openProber } from '../boot/grub/other-systems/prober.ts';
import { exitCodes, GenctlError } from '../errors.ts';
import { lookAtState } from '../generations/state.ts';
import { Interrupt } from '../host/interrupt.ts';
import { readMounts } from '../host/mounts.ts';
import { writeNotice, writeResult } from '../host/terminal.ts';
import { writeWhole } from '../host/write-whole.ts';
import { reportFinding } from '../output/report-error.ts';
import { formatTable } from '../output/table.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Command, Context } from './context.ts';
import { settingsInForce } from './machine/boot-settings.ts';

/** Sound disks are through in seconds, many of them in a minute or two. */
const patienceSeconds = 5 * 60;

/**
 * `genctl menu probe`: looks for other systems on the disks of the machine that runs, and keeps
 * what it finds for the verbs that write a menu, which never wait for a disk. It holds no lock:
 * a switch goes on meanwhile, and has the menu of before.
 */
export const menuProbe: Command<object> = async context => {
  const { root, json, dryRun } = context;
  writeNotice('looking at all disks with os-prober, which can take minutes\n');
  const { systems, findings } = await probe(context);
  const probedAtSeconds = Math.floor(Date.now() / 1000);
  if (!dryRun) {
    using folder = root.folderOrMake(probeRecord.folder);
    writeWhole(folder, probeRecord.name, renderProbeRecord({ probedAtSeconds, systems }));
  }
  const shown = await isShown(context);
  for (const finding of findings) reportFinding(finding);
  if (json) {
    const probedAt = new Date(probedAtSeconds * 1000).toISOString();
    writeJson({ probedAt, systems: systems.map(toRow), shown, written: !dryRun, findings });
  } else {
    writeResult(systems.length === 0 ? 'no other system was found\n' : toTable(systems));
    writeNotice(whatNext(shown, dryRun));
  }
  return findings.length === 0 ? exitCodes.done : exitCodes.attention;
};

async function probe({ root }: Context): ReturnType<typeof probeSystems> {
  using interrupt = new Interrupt();
  const prober = openProber(patienceSeconds, interrupt.came);
  return await probeSystems(prober, deviceHolding(readMounts(), root.hostPath));
}

/** Whether the menu in force has a place for them; a declaration that cannot be read has none. */
async function isShown({ root, config }: Context): Promise<boolean> {
  try {
    const settings = await settingsInForce(root, config, lookAtState(root).state);
    return settings.grub?.useOSProber ?? false;
  } catch (thrown) {
    if (thrown instanceof GenctlError) return false;
    throw thrown;
  }
}

function whatNext(shown: boolean, dryRun: boolean): string {
  if (!shown) {
    return 'the menu in force shows none of them: that takes kind = grub in [boot.loader] and useOSProber = true in [boot.loader.grub] (systemd-boot looks for Windows by itself)\n';
  }
  return dryRun ? '' : '`genctl menu sync` brings the menu up to date\n';
}

function toRow(system: OtherSystem) {
  const { kind, title, fsUuid } = system;
  return {
    kind,
    title,
    submenu: ('submenu' in system ? system.submenu : undefined) ?? null,
    fsUuid,
    path: pathOf(system) ?? null,
  };
}

function toTable(systems: readonly OtherSystem[]): string {
  const rows = systems.map(system => [
    printableLine(system.title),
    system.kind,
    printableLine(`${system.fsUuid}${pathOf(system) ?? ''}`),
  ]);
  return formatTable(['SYSTEM', 'START', 'WHERE'], rows);
}

/** What GRUB loads of it; undefined where that is a sector. */
function pathOf(system: OtherSystem): string | undefined {
  if (system.kind === 'linux') return system.linux;
  return system.kind === 'boot-sector' ? undefined : system.path;
}
