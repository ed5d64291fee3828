import { bootPartition, targetFindings } from '../boot/boot-target.ts';
import type { EntryKey } from '../boot/menu.ts';
import { exitCodes, type Finding } from '../errors.ts';
import { type Generation, holdsSystem, nameOf } from '../generations/generation.ts';
import { terminalColumns, writeResult } from '../host/terminal.ts';
import { drawBars } from '../output/bars.ts';
import { reportFinding } from '../output/report-error.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Command } from './context.ts';
import { recordedSettings } from './machine/boot-settings.ts';
import { lookAtEtc } from './machine/etc-state.ts';
import { partitionUsage } from './machine/generation-space.ts';
import {
  lookAtMachine,
  lookAtSystems,
  type Machine,
  type Systems,
} from './machine/read-machine.ts';
import { backupJson, sayBackups } from './machine/say-backup.ts';
import { spaceRows } from './machine/space-rows.ts';
import { stateFindings } from './machine/state-findings.ts';
import { onceKeyOf } from './machine/uses.ts';

/** `genctl status`: which generation is current, booted, active, default; and what is wrong. */
export const status: Command<object> = async ({ root, json }) => {
  const { systems, findings: lost } = lookAtSystems(root);
  const settings = recordedSettings(systems.state);
  const looked = settings && (await lookAtMachine(root, systems, settings));
  const machine = looked !== undefined && 'targets' in looked ? looked : undefined;
  const etc = lookAtEtc(root, systems);
  const findings: Finding[] = [
    ...lost,
    ...stateFindings(root, systems),
    ...etc.findings,
    ...(machine?.targets.flatMap(targetFindings) ?? []),
    ...(machine?.setAside ?? []),
    ...(looked !== undefined && 'reason' in looked ? [looked] : []),
  ];
  const all = systems.profiles.flatMap(profile => profile.generations);
  const current = systems.profiles.flatMap(({ generations, currentNumber }) =>
    generations.filter(({ number }) => number === currentNumber),
  );
  const named = (key: EntryKey | undefined): Generation | undefined =>
    all.find(({ profile, number }) => profile === key?.profile && number === key.number);
  const states = {
    current: current.find(({ profile }) => profile === 'system'),
    booted: generationOf(all, systems.booted),
    active: generationOf(all, systems.active),
    default: named(machine?.defaultKey),
  };
  const once = named(machine && onceKeyOf(machine));
  if (json) {
    const partitions = machine?.targets.map(target => ({
      mountPoint: bootPartition(target).mountPoint,
      ...partitionUsage(target),
    }));
    writeJson({
      ...toJson(states, systems),
      nextOnce: brief(once),
      partitions: partitions ?? [],
      drift: etc.drift.map(drift => ({ ...drift, path: `/etc/${drift.path}` })),
      backups: etc.backups.map(backupJson),
      findings,
    });
  } else {
    for (const [name, generation] of Object.entries(states)) {
      const isUnknown = name === 'default' && machine === undefined && findings.length > 0;
      const none = isUnknown ? 'unknown' : 'none';
      const text = generation === undefined ? none : nameOf(generation);
      writeResult(`${`${name}:`.padEnd(9)}${printableLine(text)}\n`);
    }
    if (once !== undefined) writeResult(`next:    ${printableLine(nameOf(once))}, once\n`);
    for (const line of sayBackups(etc.backups)) writeResult(`${printableLine(line)}\n`);
    writeResult(pictureOf(systems, machine));
    for (const finding of findings) reportFinding(finding);
  }
  return findings.length === 0 ? exitCodes.done : exitCodes.attention;
};

/** What takes the room of each boot partition; nothing where no terminal would show it. */
function pictureOf(systems: Systems, machine: Machine | undefined): string {
  const columns = terminalColumns('stdout');
  if (columns === undefined) return '';
  const pictures = (machine?.targets ?? []).map(target => {
    const { mountPoint } = bootPartition(target);
    const rows = spaceRows(systems, { partition: partitionUsage(target) });
    return [`${mountPoint}:`, ...drawBars(rows, columns)];
  });
  return pictures.flatMap(lines => ['', ...lines].map(line => `${line}\n`)).join('');
}

function generationOf(all: readonly Generation[], toplevel: string | undefined) {
  return all.findLast(generation => holdsSystem(generation, toplevel));
}

function brief(generation: Generation | undefined) {
  return generation === undefined
    ? null
    : { profile: generation.profile, number: generation.number };
}

function toJson(states: Record<string, Generation | undefined>, systems: Systems): object {
  return {
    ...Object.fromEntries(Object.entries(states).map(([name, value]) => [name, brief(value)])),
    bootedSystem: systems.booted ?? null,
    activeSystem: systems.active ?? null,
  };
}
