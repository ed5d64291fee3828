import type { Root } from '../../../host/root.ts';
import { type RunResult, run } from '../../../host/run.ts';

/** What `activate` is told of files that are in the way; as at boot where nothing is. */
export type Conflicts = 'refuse' | 'backup' | undefined;

/** It has changed nothing: something is in the way. Scripts of older versions never end so. */
export const inTheWayExitCode = 3;

/**
 * Runs a system's own `activate`, which is looked for on the root, as all links are.
 *
 * @param args `plan`, `withdraw` or none
 * @throws GenctlError PROGRAM_FAILED
 */
export async function runActivate(
  root: Root,
  system: string,
  args: readonly string[],
  conflicts: Conflicts,
): Promise<RunResult> {
  return await run(root.onHost(root.realPath(`${system}/activate`)), args, {
    env: {
      ...(!root.isLive && { GENCTL_ROOT: root.hostPath }),
      ...(conflicts !== undefined && { GENCTL_CONFLICTS: conflicts }),
    },
    shielded: true,
    accept: [0, inTheWayExitCode],
  });
}
