import { type BootTarget, plannedVolumes } from '../../boot/boot-target.ts';
import type { TargetDisk } from '../../boot/grub/installation/read-installation.ts';
import { openTargetsForChange } from '../../boot/open-targets.ts';
import type { ExitCode } from '../../errors.ts';
import { readState, stateSteps } from '../../generations/state.ts';
import { Lock } from '../../host/lock.ts';
import type { Root } from '../../host/root.ts';
import { Disks } from '../../transaction/disks.ts';
import { makePlan, type PlanParts } from '../../transaction/plan.ts';
import type { Context } from '../context.ts';
import { type BootSettings, recordedSettings, settingsInForce, withLeft } from './boot-settings.ts';
import { carryOut, type PlannedChange } from './carry-out.ts';
import type { MenuPlan } from './plan-menu.ts';
import { fingerprintOfMachine, type Machine, readMachine, readSystems } from './read-machine.ts';
import { recoverOrWarn } from './recover-machine.ts';

/** What a verb wants to be different. */
export interface Change extends Omit<PlannedChange, 'plan'> {
  parts: PlanParts;
  /** The boot partitions that are written to; the first one decides. */
  targets: readonly BootTarget[];
}

/** What a menu's plan says of a change. */
export function ofMenu({
  parts,
  menus,
  needs,
  findings,
  setAside,
}: MenuPlan): Omit<Change, 'result'> {
  return { parts, targets: menus.map(({ target }) => target), needs, findings, setAside };
}

/** Plans a verb: from what was read to what shall be written. */
export interface Intention {
  /** Settings from the declaration; those in force where the verb reads none. */
  settings?: BootSettings;
  plan(machine: Machine): Change | Promise<Change>;
}

/** A verb that changes the machine. */
export interface ChangingVerb {
  name: string;
  /** What it boots from; the machine's own disks unless told. */
  disk?: TargetDisk;
  /** Called under the lock and after recovery: reads or builds what the verb is about. */
  intend(): Intention | Promise<Intention>;
}

/**
 * The way of every verb that changes something: lock, recover, read, plan, check, then show or
 * apply. With `--dry-run` it takes no lock and ends at showing.
 */
export async function changeMachine(context: Context, verb: ChangingVerb): Promise<ExitCode> {
  using _lock = context.dryRun ? undefined : Lock.take(context.root, verb.name);
  await recoverOrWarn(context);
  const { root } = context;
  const intention = await verb.intend();
  const settings = await settingsFor(context, intention);
  using open = openTargetsForChange(root, settings.places);
  using disks = new Disks(root, open.tops());
  const read = async (): Promise<Machine> =>
    readMachine(root, readSystems(root), settings, open, verb.disk);
  const machine = await read();
  const change = await intention.plan(machine);
  const plan = makePlan(
    verb.name,
    plannedVolumes(change.targets, machine.layout),
    () => fingerprintOfMachine(machine),
    withOwner(root, machine, change.parts),
  );
  const setAside = [...machine.setAside, ...change.setAside];
  return await carryOut(context, { ...change, plan, setAside }, disks, async () =>
    fingerprintOfMachine(await read()),
  );
}

/** Whose the files are has to be durable before the first of them is: their names hold it. */
function withOwner(root: Root, { state }: Machine, parts: PlanParts): PlanParts {
  const hasWork = parts.prepare.length + parts.commit.length + parts.cleanup.length > 0;
  const isRecorded = parts.prepare.some(({ kind }) => kind === 'write-state');
  if (!hasWork || isRecorded) return parts;
  return { ...parts, prepare: [...stateSteps(root, state), ...parts.prepare] };
}

async function settingsFor(
  { root, config }: Context,
  { settings }: Intention,
): Promise<BootSettings> {
  const state = readState(root);
  return settings === undefined
    ? settingsInForce(root, config, state)
    : withLeft(settings, recordedSettings(state));
}
