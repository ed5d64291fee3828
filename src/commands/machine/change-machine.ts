import { openEspForChange } from '../../boot/read-boot-partition.ts';
import { assertSpace, type SpaceNeed, spaceNeed } from '../../boot/space.ts';
import { type ExitCode, exitCodes, type Finding, type GenctlError } from '../../errors.ts';
import { Lock } from '../../host/lock.ts';
import { writeNotice, writeResult } from '../../host/terminal.ts';
import { noticeColours } from '../../output/colours.ts';
import { reportFinding } from '../../output/report-error.ts';
import { apply, recover, type Surroundings } from '../../transaction/apply.ts';
import { describeStep } from '../../transaction/describe-step.ts';
import { Disks } from '../../transaction/disks.ts';
import { readJournal } from '../../transaction/journal.ts';
import { isEmpty, makePlan, type Plan, type PlanParts } from '../../transaction/plan.ts';
import type { Recovery } from '../../transaction/recovery.ts';
import type { Step } from '../../transaction/step.ts';
import type { Context } from '../context.ts';
import { type BootSettings, settingsInForce } from './boot-settings.ts';
import { outsideOf } from './outside.ts';
import { fingerprintOfMachine, type Machine, readMachine, readSystems } from './read-machine.ts';

/** What a verb wants to be different. */
export interface Change {
  parts: PlanParts;
  findings: readonly Finding[];
  /** What the verb says once it is done: for `--json`, and for people. */
  result: { json: object; text: string };
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
  const settings = intention.settings ?? (await settingsFor(context));
  const esp = openEspForChange(root, settings.efiSysMountPoint);
  using disks = new Disks(root, new Map([['esp', esp]]));
  const read = (): Machine => readMachine(root, readSystems(root), settings, esp);
  const machine = read();
  const change = await intention.plan(machine);
  const plan = makePlan(
    verb.name,
    {
      mountPoint: settings.efiSysMountPoint,
      ledgerFolder: machine.layout.ledgerFolder,
      ledgerBody: machine.partition.ledgerBody,
    },
    () => fingerprintOfMachine(machine),
    change.parts,
  );
  const space = spaceNeed(stepsThatGrow(plan), machine.partition.space);
  for (const finding of change.findings) reportFinding(finding);
  assertSpace(space, root.onHost(settings.efiSysMountPoint));
  if (context.dryRun) {
    showPlan(context, plan, space, root.onHost(settings.efiSysMountPoint));
    return exitCodes.done;
  }
  const surroundings = surroundingsOf(context, disks, settings.efiSysMountPoint);
  const outcome = isEmpty(plan)
    ? { leftOver: undefined }
    : await apply(plan, fingerprintOfMachine(read()), surroundings);
  const { json, text } = change.result;
  writeResult(context.json ? `${JSON.stringify({ ...json, changed: !isEmpty(plan) })}\n` : text);
  reportLeftOver(outcome.leftOver);
  return outcome.leftOver === undefined ? exitCodes.done : exitCodes.attention;
}

function reportLeftOver(leftOver: GenctlError | undefined): void {
  if (leftOver === undefined) return;
  reportFinding({
    code: leftOver.code,
    subject: 'clean-up',
    reason: leftOver.message,
    hint: leftOver.hint ?? 'The next `genctl menu sync` or `genctl gc` tries again.',
  });
}

/**
 * Finishes or takes back what an interrupted run has left behind.
 *
 * @returns undefined where there was nothing
 */
export async function recoverMachine(context: Context): Promise<Recovery['direction'] | undefined> {
  const { root } = context;
  const journal = readJournal(root);
  if (journal === undefined) return undefined;
  const { mountPoint } = journal.plan.esp;
  const esp = openEspForChange(root, mountPoint);
  using disks = new Disks(root, new Map([['esp', esp]]));
  const { direction, leftOver } = await recover(
    journal,
    surroundingsOf(context, disks, mountPoint),
  );
  const word = direction === 'forward' ? 'finished' : 'undone';
  writeNotice(`an interrupted \`genctl ${journal.plan.verb}\` was found and ${word}\n`);
  reportLeftOver(leftOver);
  return direction;
}

async function recoverOrWarn(context: Context): Promise<void> {
  if (!context.dryRun) {
    await recoverMachine(context);
    return;
  }
  if (readJournal(context.root) === undefined) return;
  reportFinding({
    code: 'INTERRUPTED_CHANGE',
    subject: 'journal',
    reason: 'an earlier change was interrupted, so this plan may not be what will be done',
    hint: 'Run `genctl recover` first.',
  });
}

async function settingsFor({ root, config }: Context): Promise<BootSettings> {
  const { readState } = await import('../../generations/state.ts');
  return settingsInForce(root, config, readState(root));
}

function surroundingsOf(context: Context, disks: Disks, espMountPoint: string): Surroundings {
  const espPath = context.root.onHost(espMountPoint);
  return {
    disks,
    outside: outsideOf(context),
    onStep: step => {
      if (context.verbose || takesLong(step)) {
        writeNotice(`${noticeColours.dim(describeStep(step, espPath))}\n`);
      }
    },
  };
}

/** What is removed or rewritten behind the point of no return needs no space of its own. */
function stepsThatGrow({ prepare, commit, cleanup }: Plan): Step[] {
  return [...prepare, ...commit, ...cleanup.filter(step => step.kind === 'exchange-file')];
}

/** Steps that a person waits for. */
function takesLong(step: Step): boolean {
  if (step.kind === 'create-file' || step.kind === 'exchange-file') {
    return step.sizeBytes >= 1 << 20;
  }
  return step.kind === 'activate' || step.kind === 'run-bootctl';
}

function showPlan(context: Context, plan: Plan, space: SpaceNeed, espPath: string): void {
  if (context.json) {
    writeResult(`${JSON.stringify({ plan, space })}\n`);
    return;
  }
  if (isEmpty(plan)) {
    writeResult('nothing to do\n');
    return;
  }
  const lines = [...plan.prepare, ...plan.commit, ...plan.cleanup].map(
    (step, index) => `${String(index + 1).padStart(3)}  ${describeStep(step, espPath)}`,
  );
  writeResult(`${lines.join('\n')}\n`);
  writeNotice(
    `dry run: of the machine nothing was changed (a system that was built is in the store)\n`,
  );
}
