import { exitCodes, GenctlError, messageOf } from '../errors.ts';
import { Interrupt } from '../host/interrupt.ts';
import { bootId } from '../host/processes.ts';
import type { Disks } from './disks.ts';
import { execute, type Outside } from './execute.ts';
import { readJournal, removeJournal, writeJournal } from './journal.ts';
import { lower } from './lower.ts';
import { isEmpty, type Plan } from './plan.ts';
import { type Recovery, recovery, undo } from './recovery.ts';
import type { Step, VolumeId } from './step.ts';

/** What a transaction needs from those who start it. */
export interface Surroundings {
  disks: Disks;
  outside: Outside;
  /** Told before each step is begun. */
  onStep: (step: Step) => void;
}

/** How a transaction ended, when it did not fail. */
export interface Outcome {
  /** What could not be cleaned up behind the point of no return; the next run tries again. */
  leftOver: GenctlError | undefined;
}

/**
 * Carries out a plan as one transaction. Until the point of no return, a failure or Ctrl-C takes
 * back all that was done; behind it the work is brought to its end.
 *
 * @param currentFingerprint digest of the world as it is now, read under the lock
 * @throws GenctlError PLAN_STALE; INTERRUPTED (130); UNDO_FAILED (4); or what made a step fail,
 *   after all was undone
 */
export async function apply(
  plan: Plan,
  currentFingerprint: string,
  surroundings: Surroundings,
): Promise<Outcome> {
  if (isEmpty(plan)) return { leftOver: undefined };
  if (plan.fingerprint !== currentFingerprint) {
    throw new GenctlError('PLAN_STALE', 'the machine has changed since this plan was made', {
      hint: 'Run the command again to get a new plan.',
    });
  }
  const { root } = surroundings.disks;
  using interrupt = new Interrupt();
  const begun: Step[] = [];
  try {
    writeJournal(root, { version: 1, bootId: bootId(), plan });
    for (const step of plan.prepare) {
      await stopIfInterrupted(interrupt);
      begun.push(step);
      await perform(step, surroundings);
    }
    await stopIfInterrupted(interrupt);
    for (const step of plan.commit) {
      begun.push(step);
      await perform(step, surroundings);
    }
  } catch (thrown) {
    await takeBack(begun, thrown, surroundings);
    throw thrown;
  }
  return { leftOver: await cleanUp(plan, surroundings) };
}

/**
 * Brings an interrupted transaction to its end, or takes it back; does nothing where there is
 * none. To be called under the lock, before anything is read for a new plan.
 */
export async function recover(surroundings: Surroundings): Promise<Recovery | undefined> {
  const { disks } = surroundings;
  const journal = readJournal(disks.root);
  if (journal === undefined) return undefined;
  // What we see may be in memory only. Durable first, judged then.
  for (const volume of volumesOf(journal.plan)) {
    await execute({ do: 'sync-volume', volume }, disks, surroundings.outside);
  }
  const bootedSince = disks.root.isLive && journal.bootId !== bootId();
  const todo = recovery(journal.plan, disks, { bootedSince });
  for (const step of todo.steps) await perform(step, surroundings);
  removeJournal(disks.root);
  return todo;
}

async function perform(step: Step, { disks, outside, onStep }: Surroundings): Promise<void> {
  onStep(step);
  for (const write of lower(step, disks)) await execute(write, disks, outside);
}

async function stopIfInterrupted(interrupt: Interrupt): Promise<void> {
  const signal = await interrupt.check();
  if (signal === undefined) return;
  throw new GenctlError('INTERRUPTED', `interrupted by ${signal}: all was undone`, {
    exitCode: exitCodes.interrupted,
    hint: 'Run the command again when you want it done.',
  });
}

async function takeBack(
  begun: readonly Step[],
  reason: unknown,
  surroundings: Surroundings,
): Promise<void> {
  try {
    for (const step of undo(begun)) await perform(step, surroundings);
    removeJournal(surroundings.disks.root);
  } catch (thrown) {
    throw new GenctlError(
      'UNDO_FAILED',
      `${messageOf(reason)}; and not all could be undone: ${messageOf(thrown)}`,
      {
        cause: reason,
        exitCode: exitCodes.notUndone,
        hint: 'Mend what is named here, then run `genctl recover`.',
      },
    );
  }
}

async function cleanUp(plan: Plan, surroundings: Surroundings): Promise<GenctlError | undefined> {
  try {
    for (const step of plan.cleanup) await perform(step, surroundings);
    removeJournal(surroundings.disks.root);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GenctlError) return thrown;
    throw thrown;
  }
}

function volumesOf(plan: Plan): Set<VolumeId> {
  const steps = [...plan.prepare, ...plan.commit, ...plan.cleanup];
  return new Set(steps.flatMap(step => ('volume' in step ? [step.volume] : [])));
}
