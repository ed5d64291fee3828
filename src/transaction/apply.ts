import { exitCodes, GenctlError, messageOf } from '../errors.ts';
import { Interrupt } from '../host/interrupt.ts';
import { bootId } from '../host/processes.ts';
import { Attempt, type MirrorFailure, type Surroundings } from './attempt.ts';
import { execute } from './execute.ts';
import { type Journal, journalPath, removeJournal, writeJournal } from './journal.ts';
import { chooseSlots, slotNames } from './ledger-slots.ts';
import { isEmpty, ledgerDigest, type Plan, type VolumeIdentity, volumesOf } from './plan.ts';
import { isPassed, type Recovery, recovery, undo } from './recovery.ts';
import type { Step } from './step.ts';

/** How a transaction ended, when it did not fail. */
export interface Outcome {
  /** What could not be cleaned up behind the point of no return. */
  leftOver: GenctlError | undefined;
  /** Mirrors that could not be written to. */
  behind: readonly MirrorFailure[];
}

/**
 * Carries out a plan as one transaction. Until the point of no return, a failure or Ctrl-C takes
 * back all that was done; behind it the work is brought to its end. A mirror that fails falls
 * behind, and nothing else.
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
  if (isEmpty(plan)) return { leftOver: undefined, behind: [] };
  if (plan.fingerprint !== currentFingerprint) {
    throw new GenctlError('PLAN_STALE', 'the machine has changed since this plan was made', {
      hint: 'Run the command again to get a new plan.',
    });
  }
  const { root } = surroundings.disks;
  using interrupt = new Interrupt();
  const attempt = new Attempt(plan, surroundings);
  const begun: Step[] = [];
  try {
    writeJournal(root, { version: 2, bootId: bootId(), plan });
    for (const step of plan.prepare) {
      await stopIfInterrupted(interrupt);
      begun.push(step);
      await attempt.perform(step);
    }
    await stopIfInterrupted(interrupt);
    await surroundings.beforeCommit?.(() => stopIfInterrupted(interrupt));
    for (const step of plan.commit) {
      begun.push(step);
      await attempt.perform(step);
    }
    assertPassed(plan, surroundings);
  } catch (thrown) {
    await takeBack(begun, thrown, attempt, surroundings);
    throw isInterruption(thrown) ? interruption(`${thrown.message}: all was undone`) : thrown;
  }
  return await finish(plan.cleanup, attempt, surroundings);
}

/**
 * Brings an interrupted transaction to its end, or takes it back. To be called under the lock,
 * before anything is read for a new plan. A mirror that is not at hand is left as it is.
 *
 * @throws GenctlError JOURNAL_OF_ANOTHER_ESP, and what makes a step fail; then nothing is lost,
 *   and it can be tried again
 */
export async function recover(
  { plan, bootId: begunIn }: Journal,
  surroundings: Surroundings,
): Promise<Outcome & Pick<Recovery, 'direction'>> {
  const { disks } = surroundings;
  // Ctrl-C must not leave programs behind that go on writing.
  using _interrupt = new Interrupt();
  const attempt = new Attempt(plan, surroundings);
  for (const identity of plan.volumes) {
    if (isAtHand(identity, surroundings)) continue;
    attempt.fail(identity, anotherEsp(plan, identity, surroundings));
  }
  await makeDurable(plan, attempt, surroundings);
  const bootedSince = disks.root.isLive && begunIn !== bootId();
  const { direction, steps, cleanup } = recovery(plan, disks, { bootedSince });
  for (const step of steps) await attempt.perform(step);
  return { direction, ...(await finish(cleanup, attempt, surroundings)) };
}

/**
 * Carries out what nothing depends on, and ends the transaction. What cannot be done is no reason
 * to hold up everything else: the next `menu sync` or `gc` finds it again.
 */
async function finish(
  cleanup: readonly Step[],
  attempt: Attempt,
  { disks }: Surroundings,
): Promise<Outcome> {
  let leftOver: GenctlError | undefined;
  try {
    for (const step of cleanup) {
      // The menu of a mirror that fell behind may show what is to go.
      if (attempt.behind.length > 0 && isNeededByEntries(step)) continue;
      await attempt.perform(step);
    }
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    leftOver = thrown;
  }
  try {
    removeJournal(disks.root);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    leftOver ??= thrown;
  }
  return { leftOver, behind: attempt.behind };
}

function isNeededByEntries({ kind }: Step): boolean {
  return kind === 'remove-link' || kind === 'collect-garbage';
}

/** Files of the same names may be on another disk, and would be taken for this one's. */
function isAtHand(
  { volume, target, ledgerFolder, ledgerDigests }: VolumeIdentity,
  { disks }: Surroundings,
): boolean {
  if (!disks.has(volume)) return false;
  const texts = slotNames.map(name => disks.text({ volume, path: `${ledgerFolder}/${name}` }));
  const body = chooseSlots(texts).newest?.body;
  // Any disk has no ledger. On the first one the default tells whose it is, on a mirror nothing does.
  if (body === undefined && target > 0) return false;
  return ledgerDigests.includes(ledgerDigest(body));
}

function anotherEsp(
  { verb }: Plan,
  { mountPoint }: VolumeIdentity,
  { disks }: Surroundings,
): GenctlError {
  return new GenctlError(
    'JOURNAL_OF_ANOTHER_ESP',
    `\`genctl ${verb}\` was interrupted with another partition mounted at ${mountPoint}`,
    {
      hint: `Mount that one there and run \`genctl recover\`; if it is gone for good, remove ${disks.root.onHost(journalPath)}.`,
    },
  );
}

/** What we see may be in memory only. Durable first, judged then. */
async function makeDurable(
  plan: Plan,
  attempt: Attempt,
  { disks, outside }: Surroundings,
): Promise<void> {
  for (const volume of volumesOf([...plan.prepare, ...plan.commit, ...plan.cleanup])) {
    await attempt.perform({ kind: 'sync-volume', volume });
  }
  for (const step of plan.commit) {
    if (step.kind !== 'swap-link') continue;
    const path = step.path.slice(0, step.path.lastIndexOf('/'));
    await execute({ do: 'sync-folder', volume: 'root', path }, disks, outside);
  }
}

/** A default that somebody else has changed under our hands was left alone. */
function assertPassed(plan: Plan, { disks }: Surroundings): void {
  if (isPassed(plan.commit[0], disks)) return;
  throw new GenctlError(
    'CHANGED_MEANWHILE',
    'somebody else has changed the default while this was being written',
    { hint: 'See who writes to the boot partition or to the profile; then run the command again.' },
  );
}

async function stopIfInterrupted(interrupt: Interrupt): Promise<void> {
  const signal = await interrupt.check();
  if (signal === undefined) return;
  throw interruption(`interrupted by ${signal}`);
}

function interruption(message: string): GenctlError {
  return new GenctlError('INTERRUPTED', message, {
    exitCode: exitCodes.interrupted,
    hint: 'Run the command again when you want it done.',
  });
}

function isInterruption(thrown: unknown): thrown is GenctlError {
  return thrown instanceof GenctlError && thrown.code === 'INTERRUPTED';
}

async function takeBack(
  begun: readonly Step[],
  reason: unknown,
  attempt: Attempt,
  { disks }: Surroundings,
): Promise<void> {
  try {
    for (const step of undo(begun)) await attempt.perform(step);
    removeJournal(disks.root);
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
