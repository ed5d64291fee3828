import { treeOf } from '../../../activation/own-usr.ts';
import { runOutside } from '../../../host/private-mounts.ts';
import type { Root } from '../../../host/root.ts';
import { type RunResult, run } from '../../../host/run.ts';
import type { ConflictAnswer } from '../../../transaction/step.ts';

/** It has changed nothing: something is in the way. Scripts of older versions never end so. */
export const inTheWayExitCode = 3;

/**
 * Runs a system's own `activate`, which is looked for on the root, as all links are. One that mounts
 * a /usr does that for everybody.
 *
 * @param args `plan`, `withdraw` or none
 * @param conflicts as at boot where undefined
 * @throws GenctlError PROGRAM_FAILED
 */
export async function runActivate(
  root: Root,
  system: string,
  args: readonly string[],
  conflicts: ConflictAnswer | undefined,
): Promise<RunResult> {
  const runIt = root.isLive && treeOf(root, system) !== undefined ? runOutside : run;
  return await runIt(root.onHost(root.realPath(`${system}/activate`)), args, {
    env: {
      ...(!root.isLive && { GENCTL_ROOT: root.hostPath }),
      ...(conflicts !== undefined && { GENCTL_CONFLICTS: conflicts }),
    },
    shielded: true,
    accept: [0, inTheWayExitCode],
  });
}
