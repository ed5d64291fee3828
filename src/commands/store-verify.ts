import { exitCodes, type Finding, GenctlError } from '../errors.ts';
import { Lock } from '../host/lock.ts';
import { writeNotice, writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { isStorePath, type StorePath } from '../store/store-path.ts';
import type { Command, Context } from './context.ts';
import { recoverOrWarn } from './machine/recover-machine.ts';

export interface StoreVerifyArgs {
  repair: boolean;
}

/**
 * `genctl store verify [--repair]`: reads everything in the store, and compares. What is damaged
 * is mended from itself, or by building the declared system anew; what is left is named.
 */
export const storeVerify: Command<StoreVerifyArgs> = async (context, { repair }) => {
  const { root, json, dryRun, verbose } = context;
  const mends = repair && !dryRun;
  using _lock = mends ? Lock.take(root, 'store verify') : undefined;
  if (mends) await recoverOrWarn(context);
  writeNotice('reading everything in the store\n');
  const damaged = await openStore(root, 'read').verifyAll(path => {
    if (verbose) writeNotice(`reading ${path}\n`);
  });
  const left = mends ? await mend(context, damaged) : damaged.map(toMend);
  const mended = damaged.filter(({ subject }) => !left.some(each => each.subject === subject));
  if (json) writeJson({ mended, findings: left });
  else {
    for (const finding of left) reportFinding(finding);
    for (const { subject } of mended) writeResult(`${printableLine(subject)}: mended\n`);
    if (damaged.length === 0) writeResult('everything in the store is as it was added\n');
  }
  return left.length === 0 ? exitCodes.done : exitCodes.attention;
};

function toMend(finding: Finding): Finding {
  return { hint: 'Run `genctl store verify --repair`.', ...finding };
}

/** What is still wrong after all that can be done. */
async function mend(context: Context, damaged: readonly Finding[]): Promise<Finding[]> {
  const left = await mendEach(context, damaged);
  if (left.length === 0) return left;
  const { root, config } = context;
  try {
    const { rebuildSystem } = await import('./machine/build-system.ts');
    await rebuildSystem(root, config);
  } catch (thrown) {
    if (!(thrown instanceof GenctlError)) throw thrown;
    writeNotice(`the declared system cannot be built anew to mend the rest: ${thrown.message}\n`);
    return left;
  }
  return await mendEach(context, left);
}

async function mendEach({ root }: Context, damaged: readonly Finding[]): Promise<Finding[]> {
  const store = openStore(root, 'change');
  const left: Finding[] = [];
  for (const finding of damaged) {
    const { subject } = finding;
    const still = isStorePath(subject) ? await flawAfterRepair(store, subject) : finding;
    if (still !== undefined) left.push(still);
  }
  return left;
}

async function flawAfterRepair(store: Store, path: StorePath): Promise<Finding | undefined> {
  const repair = await store.repair(path);
  return repair.outcome === 'damaged' ? repair.finding : undefined;
}
