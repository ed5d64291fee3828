import type { ExitCode } from '../../errors.ts';
import { Lock } from '../../host/lock.ts';
import { Disks } from '../../transaction/disks.ts';
import { makePlan, type PlanParts } from '../../transaction/plan.ts';
import type { Context } from '../context.ts';
import { carryOut, type PlannedChange } from './carry-out.ts';
import { fingerprintOfSystems, readSystems, type Systems } from './read-machine.ts';
import { recoverOrWarn } from './recover-machine.ts';

/** A verb that changes the machine and leaves its boot partitions alone: they may be missing. */
export interface SystemsVerb {
  name: string;
  /** Called under the lock and after recovery. */
  plan(systems: Systems): SystemsChange | Promise<SystemsChange>;
}

export interface SystemsChange extends Pick<PlannedChange, 'preview' | 'result'> {
  parts: PlanParts;
  findings?: PlannedChange['findings'];
}

/** The way of `changeMachine` for verbs that need no boot partition. */
export async function changeSystems(context: Context, verb: SystemsVerb): Promise<ExitCode> {
  using _lock = context.dryRun ? undefined : Lock.take(context.root, verb.name);
  await recoverOrWarn(context);
  const { root } = context;
  using disks = new Disks(root, new Map());
  const systems = readSystems(root);
  const { parts, findings = [], ...said } = await verb.plan(systems);
  const plan = makePlan(verb.name, [], () => fingerprintOfSystems(systems), parts);
  const change = { ...said, plan, needs: [], findings, setAside: [] };
  return await carryOut(context, change, disks, () => fingerprintOfSystems(readSystems(root)));
}
