import type { Invocation } from './cli.ts';
import { exitCodes, GenctlError } from './errors.ts';
import { joinCaller } from './host/caller.ts';
import {
  isInside,
  isStoreReadOnly,
  makeStoreWritable,
  rerunWithWritableStore,
} from './host/private-mounts.ts';
import type { Root } from './host/root.ts';
import { canHaveOwnUnit, ownUnit } from './host/transient-unit.ts';
import { reportFinding } from './output/report-error.ts';
import { journalPath } from './transaction/journal.ts';

/**
 * Runs a command line again where its work can be done: in a unit of its own, and within that
 * where the store can be written to.
 *
 * @returns the exit code of the run elsewhere; undefined where this process is to do the work
 */
export async function runElsewhere(
  args: readonly string[],
  invocation: Invocation,
  root: Root,
): Promise<number | undefined> {
  if (invocation.activates && !isInside()) {
    const exitCode = await inOwnUnit(args, invocation.verb, root);
    if (exitCode !== undefined) return exitCode;
  }
  if (!writesStore(invocation, root) || !isStoreReadOnly(root)) return undefined;
  if (!isInside()) return await rerunWithWritableStore(args);
  await makeStoreWritable(root);
  return undefined;
}

async function inOwnUnit(
  args: readonly string[],
  verb: string,
  root: Root,
): Promise<number | undefined> {
  const unit = ownUnit();
  if (unit !== undefined) {
    await joinCaller(unit);
    return undefined;
  }
  if (!canHaveOwnUnit(root)) return undefined;
  const { rerunInOwnUnit } = await import('./host/rerun-in-unit.ts');
  const end = await rerunInOwnUnit(args, verb, root);
  if (end === 'killed') throw killed(verb, root);
  if (end !== 'refused') return end;
  reportFinding({
    code: 'UNIT_REFUSED',
    subject: 'systemd-run',
    reason: 'it has started no unit for this run, which so ends with its terminal',
    hint: 'Nothing else is different; what a lost connection cuts off is undone.',
  });
  return undefined;
}

function killed(verb: string, root: Root): GenctlError {
  const isRecovered = root.stat(journalPath) === undefined;
  return new GenctlError('UNIT_KILLED', `\`genctl ${verb}\` was killed in its unit`, {
    exitCode: isRecovered ? exitCodes.refused : exitCodes.notUndone,
    hint: isRecovered
      ? 'What it may have begun was recovered, as said above; see `genctl status`.'
      : 'Mend what is named above, then run `genctl recover`.',
  });
}

/** What was interrupted may have been a collection, which deletes from the store. */
function writesStore(invocation: Invocation, root: Root): boolean {
  return invocation.writesStore || (invocation.recovers && root.stat(journalPath) !== undefined);
}
