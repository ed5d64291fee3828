import { exitCodes } from '../errors.ts';
import { type Generation, holdsSystem, type Profile } from '../generations/generation.ts';
import { isRooted, type PinRoots, readPinRoots } from '../generations/pin-roots.ts';
import { isPinned, recordOf } from '../generations/records.ts';
import { writeResult } from '../host/terminal.ts';
import { colours } from '../output/colours.ts';
import { reportFinding } from '../output/report-error.ts';
import { formatTable } from '../output/table.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Command } from './context.ts';
import { recordedSettings } from './machine/boot-settings.ts';
import { type MenuState, menuStateOf, sayMenuState } from './machine/menu-state.ts';
import {
  findingsOf,
  lookAtMachine,
  lookAtSystems,
  type Machine,
  profileNamed,
  type Systems,
} from './machine/read-machine.ts';

export interface ListArgs {
  /** One profile only; all without it. */
  profile: string | undefined;
}

/** A generation as `list --json` gives it. */
interface ListedGeneration extends MenuState {
  profile: string;
  number: number;
  madeAt: string;
  system: string;
  label: string | null;
  kernel: string | null;
  specialisations: string[];
  current: boolean;
  booted: boolean;
  active: boolean;
  default: boolean;
  pinned: boolean;
  note: string | null;
  problem: string | null;
}

/** `genctl list`: the generations, newest first. */
export const list: Command<ListArgs> = async ({ root, json }, { profile }) => {
  const { systems, findings } = lookAtSystems(root);
  const settings = recordedSettings(systems.state);
  for (const finding of findings) reportFinding(finding);
  const boot = settings && (await lookAtMachine(root, systems, settings));
  const machine = boot !== undefined && 'targets' in boot ? boot : undefined;
  if (boot !== undefined && 'reason' in boot) reportFinding(boot);
  const profiles = profile === undefined ? systems.profiles : [profileNamed(systems, profile)];
  const pins = readPinRoots(root);
  const rows = profiles.flatMap(each =>
    each.generations
      .toReversed()
      .map(generation => toRow(generation, each, systems, machine, pins)),
  );
  if (json) {
    writeJson({ generations: rows });
    return exitCodes.done;
  }
  for (const finding of findingsOf(profiles)) reportFinding(finding);
  if (rows.length === 0) {
    writeResult('no generations yet: `genctl switch` makes the first one\n');
    return exitCodes.done;
  }
  const hasProfiles = rows.some(row => row.profile !== 'system');
  const hasAbsent = rows.some(row => row.notInMenu !== null);
  const hasNotes = rows.some(row => row.note !== null);
  const head = [
    'GENERATION',
    ...(hasProfiles ? ['PROFILE'] : []),
    'MADE',
    'STATE',
    ...(hasAbsent ? ['MENU'] : []),
    'LABEL',
    ...(hasNotes ? ['NOTE'] : []),
  ];
  writeResult(
    formatTable(
      head,
      rows.map(row => [
        String(row.number),
        ...(hasProfiles ? [printableLine(row.profile)] : []),
        row.madeAt.slice(0, 16).replace('T', ' '),
        statesOf(row),
        ...(hasAbsent ? [menuColumn(row)] : []),
        row.problem === null ? printableLine(labelOf(row)) : colours.red('cannot boot'),
        ...(hasNotes ? [printableLine(row.note ?? '')] : []),
      ]),
    ),
  );
  return exitCodes.done;
};

function toRow(
  generation: Generation,
  profile: Profile,
  systems: Systems,
  machine: Machine | undefined,
  pins: PinRoots,
): ListedGeneration {
  const { number, target, madeAtSeconds, system } = generation;
  const bootspec = 'bootspec' in system ? system.bootspec : undefined;
  const defaultKey = machine?.defaultKey;
  return {
    profile: profile.name,
    number,
    madeAt: new Date(madeAtSeconds * 1000).toISOString(),
    system: target,
    label: bootspec?.label ?? null,
    kernel: bootspec?.kernel ?? null,
    specialisations: [...(bootspec?.specialisations.keys() ?? [])],
    current: number === profile.currentNumber,
    booted: holdsSystem(generation, systems.booted),
    active: holdsSystem(generation, systems.active),
    default: defaultKey?.profile === profile.name && defaultKey.number === number,
    pinned: isPinned(systems.state, generation) || isRooted(generation, pins),
    ...menuStateOf(generation, machine),
    note: recordOf(systems.state, generation)?.note ?? null,
    problem: 'finding' in system ? system.finding.reason : null,
  };
}

function statesOf(row: ListedGeneration): string {
  const states = (['current', 'booted', 'active', 'default', 'pinned'] as const).filter(
    key => row[key],
  );
  return colours.green(states.join(', '));
}

function menuColumn(row: ListedGeneration): string {
  const said = sayMenuState(row);
  return row.inMenu === false ? colours.yellow(said) : said;
}

function labelOf({ label, specialisations }: ListedGeneration): string {
  const names = specialisations.length === 0 ? '' : ` (+ ${specialisations.join(', ')})`;
  return `${label ?? ''}${names}`;
}
