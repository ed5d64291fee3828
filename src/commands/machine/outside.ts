import { notableLines } from '../../activation/notable-lines.ts';
import type { Root } from '../../host/root.ts';
import { run } from '../../host/run.ts';
import { writeNotice } from '../../host/terminal.ts';
import { printableLine } from '../../printable.ts';
import type { Outside } from '../../transaction/execute.ts';
import type { Context } from '../context.ts';

/**
 * Joins the transaction with the rooms that it must not know. Of an activation it says what a
 * person must know; with `verbose`, all.
 */
export function outsideOf({ root, verbose }: Pick<Context, 'root' | 'verbose'>): Outside {
  const runActivate = async (system: string, args: readonly string[]): Promise<void> => {
    const { stdout } = await run(activateOnHost(root, system), args, {
      env: activationEnvironment(root),
      shielded: true,
    });
    const lines = verbose ? stdout.split('\n').filter(line => line !== '') : notableLines(stdout);
    for (const line of lines) writeNotice(`${printableLine(line)}\n`);
  };
  return {
    activate: async system => {
      await runActivate(system, []);
    },
    withdrawActivation: async system => {
      await runActivate(system, ['withdraw']);
    },
    async collectGarbage(maxFreedBytes) {
      const { collectGarbage } = await import('./collect-garbage.ts');
      await collectGarbage(root, maxFreedBytes);
    },
    async runBootctl(args) {
      await run('bootctl', args, { shielded: true });
    },
  };
}

/** Where a system's `activate` is on the host: links are those of the root. */
export function activateOnHost(root: Root, system: string): string {
  return root.onHost(root.realPath(`${system}/activate`));
}

/** Lets a system's `activate` work on another root. */
export function activationEnvironment(root: Root): Record<string, string> {
  return root.isLive ? {} : { GENCTL_ROOT: root.hostPath };
}
