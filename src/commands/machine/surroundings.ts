import { mirrorFinding } from '../../boot/each-mirror.ts';
import type { Root } from '../../host/root.ts';
import { writeNotice } from '../../host/terminal.ts';
import { noticeColours } from '../../output/colours.ts';
import { reportFinding } from '../../output/report-error.ts';
import type { Outcome } from '../../transaction/apply.ts';
import type { Surroundings } from '../../transaction/attempt.ts';
import { describeStep, type MountPoints } from '../../transaction/describe-step.ts';
import type { Disks } from '../../transaction/disks.ts';
import type { Plan } from '../../transaction/plan.ts';
import type { Step } from '../../transaction/step.ts';
import type { Context } from '../context.ts';
import { outsideOf, type WatchedOutside } from './outside.ts';

/** What a transaction needs of a command: the other rooms, and a word about each step. */
export function surroundingsOf(
  context: Context,
  disks: Disks,
  plan: Plan,
): Surroundings & { outside: WatchedOutside } {
  const mountPoints = mountPointsOf(context.root, plan);
  return {
    disks,
    outside: outsideOf(context),
    onStep: step => {
      if (context.verbose || takesLong(step)) {
        writeNotice(`${noticeColours.dim(describeStep(step, mountPoints))}\n`);
      }
    },
  };
}

/** Where the partitions of a plan are on the host. */
export function mountPointsOf(root: Root, { volumes }: Plan): MountPoints {
  return new Map(volumes.map(({ volume, mountPoint }) => [volume, root.onHost(mountPoint)]));
}

/** Steps that a person waits for. */
function takesLong(step: Step): boolean {
  if (step.kind === 'create-file' || step.kind === 'exchange-file') {
    return step.sizeBytes >= 1 << 20;
  }
  return long.has(step.kind);
}

const long: ReadonlySet<Step['kind']> = new Set([
  'activate',
  'stop-units',
  'switch-units',
  'restore-units',
  'run-bootctl',
  'run-grub-install',
  'collect-garbage',
]);

/** Says what a transaction has left undone. */
export function reportOutcome(root: Root, { leftOver, behind }: Outcome): void {
  for (const { mountPoint, error } of behind) {
    reportFinding(mirrorFinding(root.onHost(mountPoint), error));
  }
  if (leftOver === undefined) return;
  reportFinding({
    code: leftOver.code,
    subject: 'clean-up',
    reason: leftOver.message,
    hint: leftOver.hint ?? 'The next `genctl menu sync` or `genctl gc` tries again.',
  });
}
