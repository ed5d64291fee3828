import type { PartitionNeed } from '../../boot/plan-target.ts';
import { type ExitCode, exitCodes, type Finding } from '../../errors.ts';
import type { Root } from '../../host/root.ts';
import { writeNotice, writeResult } from '../../host/terminal.ts';
import { reportFinding } from '../../output/report-error.ts';
import { writeJson } from '../../output/write-json.ts';
import { apply, type Outcome } from '../../transaction/apply.ts';
import type { Surroundings } from '../../transaction/attempt.ts';
import { describeStep } from '../../transaction/describe-step.ts';
import type { Disks } from '../../transaction/disks.ts';
import { isEmpty, type Plan } from '../../transaction/plan.ts';
import type { Context } from '../context.ts';
import { mountPointsOf, reportOutcome, surroundingsOf } from './surroundings.ts';

/** What a verb says: for `--json`, and for people. */
export interface Answer {
  json: object;
  text: string;
}

/** A change that was planned and checked. */
export interface PlannedChange {
  plan: Plan;
  needs: readonly PartitionNeed[];
  findings: readonly Finding[];
  /** What is left as it is: all else is done, and exit code 3 says so. */
  setAside: readonly Finding[];
  /** What a dry run says before the plan. */
  preview?: Answer;
  /** How long it waits to be confirmed before the point of no return; it does not unless told. */
  confirmSeconds?: number | undefined;
  /** What the verb says once it is done. */
  result: Answer;
}

/**
 * The end of the way of every verb that changes something: the plan is shown, or applied.
 *
 * @param currentFingerprint of the world as it is now; asked for only where there is work
 */
export async function carryOut(
  context: Context,
  { plan, needs, findings, setAside, preview, confirmSeconds, result }: PlannedChange,
  disks: Disks,
  currentFingerprint: () => string | Promise<string>,
): Promise<ExitCode> {
  for (const finding of [...findings, ...setAside]) reportFinding(finding);
  if (context.dryRun) {
    showPlan(context, plan, needs, preview ?? { json: {}, text: '' });
    return exitCodes.done;
  }
  const surroundings = surroundingsOf(context, disks, plan);
  const fingerprint = isEmpty(plan) ? plan.fingerprint : await currentFingerprint();
  const outcome = await apply(plan, fingerprint, {
    ...surroundings,
    ...(confirmSeconds !== undefined && { beforeCommit: await wait(context.root, confirmSeconds) }),
  });
  const { json, text } = result;
  writeResult(context.json ? `${JSON.stringify({ ...json, changed: !isEmpty(plan) })}\n` : text);
  reportOutcome(context.root, outcome);
  const isDone = isWhole(outcome) && setAside.length === 0 && !surroundings.outside.needsAttention;
  return isDone ? exitCodes.done : exitCodes.attention;
}

async function wait(
  root: Root,
  seconds: number,
): Promise<NonNullable<Surroundings['beforeCommit']>> {
  const { confirmation } = await import('./await-confirmation.ts');
  return confirmation(root, seconds);
}

/** Whether a transaction has done all that it was to do. */
export function isWhole({ leftOver, behind }: Outcome): boolean {
  return leftOver === undefined && behind.length === 0;
}

function showPlan(
  context: Context,
  plan: Plan,
  needs: readonly PartitionNeed[],
  preview: Answer,
): void {
  if (context.json) {
    const space = needs.map(({ partition, neededBytes, freeBytes }) => ({
      mountPoint: partition.mountPoint,
      neededBytes,
      freeBytes,
    }));
    writeJson({ ...preview.json, plan, space });
    return;
  }
  writeResult(preview.text);
  if (isEmpty(plan)) {
    writeResult('nothing to do\n');
    return;
  }
  const mountPoints = mountPointsOf(context.root, plan);
  const lines = [...plan.prepare, ...plan.commit, ...plan.cleanup].map(
    (step, index) => `${String(index + 1).padStart(3)}  ${describeStep(step, mountPoints)}`,
  );
  writeResult(`${lines.join('\n')}\n`);
  writeNotice(
    `dry run: of the machine nothing was changed (a system that was built is in the store)\n`,
  );
}
