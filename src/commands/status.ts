import { exitCodes, type Finding, GenctlError } from '../errors.ts';
import { type Generation, holdsSystem, nameOf, type Profile } from '../generations/generation.ts';
import type { Root } from '../host/root.ts';
import { writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { printableLine } from '../printable.ts';
import { readJournal } from '../transaction/journal.ts';
import type { Command } from './context.ts';
import { recordedSettings } from './machine/boot-settings.ts';
import {
  findingsOf,
  lookAtPartition,
  lookAtSystems,
  type Systems,
} from './machine/read-machine.ts';

/** `genctl status`: which generation is current, booted, active, default; and what is wrong. */
export const status: Command<object> = async ({ root, json }) => {
  const { systems, findings: stateFindings } = lookAtSystems(root);
  const settings = recordedSettings(systems.state);
  const looked = settings && lookAtPartition(root, systems, settings);
  const machine = looked !== undefined && 'partition' in looked ? looked : undefined;
  const findings: Finding[] = [
    ...stateFindings,
    ...findingsOf(systems.profiles),
    ...(machine?.partition.findings ?? []),
    ...(looked !== undefined && 'reason' in looked ? [looked] : []),
    ...systems.profiles.flatMap(danglingFindings),
    ...journalFindings(root),
    ...overrideFindings(machine?.overridingDefault),
  ];
  const all = systems.profiles.flatMap(profile => profile.generations);
  const current = systems.profiles.flatMap(({ generations, currentNumber }) =>
    generations.filter(({ number }) => number === currentNumber),
  );
  const key = machine?.defaultKey;
  const states = {
    current: current.find(({ profile }) => profile === 'system'),
    booted: generationOf(all, systems.booted),
    active: generationOf(all, systems.active),
    default: all.find(({ profile, number }) => profile === key?.profile && number === key.number),
  };
  if (json) {
    writeResult(`${JSON.stringify({ ...toJson(states, systems), findings })}\n`);
  } else {
    for (const [name, generation] of Object.entries(states)) {
      const text = generation === undefined ? 'none' : nameOf(generation);
      writeResult(`${`${name}:`.padEnd(9)}${printableLine(text)}\n`);
    }
    for (const finding of findings) reportFinding(finding);
  }
  return findings.length === 0 ? exitCodes.done : exitCodes.attention;
};

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

function danglingFindings({ name, currentNumber, generations }: Profile): Finding[] {
  if (currentNumber === undefined || generations.some(({ number }) => number === currentNumber)) {
    return [];
  }
  return [
    {
      code: 'CURRENT_MISSING',
      subject: `profile ${name}`,
      reason: `it points to generation ${currentNumber}, which is not there`,
      hint: 'Choose one from `genctl list`: genctl switch GEN',
    },
  ];
}

function journalFindings(root: Root): Finding[] {
  let verb: string | undefined;
  try {
    verb = readJournal(root)?.plan.verb;
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    const { code, message, hint } = thrown;
    return [{ code, subject: 'journal', reason: message, ...(hint !== undefined && { hint }) }];
  }
  if (verb === undefined) return [];
  return [
    {
      code: 'INTERRUPTED_CHANGE',
      subject: 'journal',
      reason: `\`genctl ${verb}\` was interrupted`,
      hint: 'Run `genctl recover`; any verb that changes something does so first.',
    },
  ];
}

function overrideFindings(overridingDefault: string | undefined): Finding[] {
  if (overridingDefault === undefined) return [];
  return [
    {
      code: 'DEFAULT_OVERRIDDEN',
      subject: 'EFI variable LoaderEntryDefault',
      reason: `it makes the firmware boot ${overridingDefault}, whatever the menu's default is`,
      hint: 'The next `genctl switch` clears it.',
    },
  ];
}
