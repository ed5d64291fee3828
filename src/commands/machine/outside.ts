import { notableLines } from '../../activation/notable-lines.ts';
import { hasManifest } from '../../activation/read-manifest.ts';
import { type Finding, GenctlError } from '../../errors.ts';
import { run } from '../../host/run.ts';
import { writeNotice } from '../../host/terminal.ts';
import { reportFinding } from '../../output/report-error.ts';
import { printableLine } from '../../printable.ts';
import type { Outside } from '../../transaction/execute.ts';
import type { ConflictAnswer } from '../../transaction/step.ts';
import type { Context } from '../context.ts';
import { inTheWayExitCode, runActivate } from './activation/run-activate.ts';

/** What a transaction does outside of the disks, and how it went. */
export interface WatchedOutside extends Outside {
  /** Whether something needs attention that did not stop the transaction. It has been said. */
  readonly needsAttention: boolean;
}

/**
 * Joins the transaction with the rooms that it must not know. Of an activation it says what a
 * person must know; with `verbose`, all.
 */
export function outsideOf({ root, verbose }: Pick<Context, 'root' | 'verbose'>): WatchedOutside {
  let needsAttention = false;
  const report = (findings: readonly Finding[]): void => {
    for (const finding of findings) reportFinding(finding);
    needsAttention ||= findings.length > 0;
  };
  const activate = async (
    system: string,
    args: readonly string[],
    conflicts: ConflictAnswer | undefined,
  ): Promise<void> => {
    const { stdout, stderr, exitCode } = await runActivate(root, system, args, conflicts);
    if (exitCode === inTheWayExitCode) throw inTheWayByNow(stderr);
    const lines = verbose ? stdout.split('\n').filter(line => line !== '') : notableLines(stdout);
    for (const line of lines) writeNotice(`${printableLine(line)}\n`);
  };
  return {
    get needsAttention() {
      return needsAttention;
    },
    async activate({ system, conflicts }) {
      if (!hasManifest(root, system)) {
        const { switchToConfiguration } = await import(
          '../../activation/switch-to-configuration.ts'
        );
        report(await switchToConfiguration(root, system));
      } else {
        await activate(system, [], conflicts);
      }
    },
    async withdrawActivation(system) {
      await activate(system, ['withdraw'], undefined);
    },
    async verifyEtc(step) {
      const { verifyEtc } = await import('./activation/verify-etc.ts');
      verifyEtc(root, step);
    },
    async stopUnits(step) {
      const { stopUnits } = await import('../../activation/units/stop-units.ts');
      report(await stopUnits(step));
    },
    async switchUnits(step) {
      const { switchUnits } = await import('../../activation/units/switch-units.ts');
      report(await switchUnits(step));
    },
    async restoreUnits(step) {
      const { restoreUnits } = await import('../../activation/units/restore-units.ts');
      report(await restoreUnits(step));
    },
    async collectGarbage(maxFreedBytes) {
      const { collectGarbage } = await import('./collect-garbage.ts');
      await collectGarbage(root, maxFreedBytes);
    },
    async runBootctl(args) {
      await run('bootctl', args, { shielded: true });
    },
    async runGrubInstall(step, makeDurable) {
      const { runGrubInstall } = await import('./run-grub-install.ts');
      report(await runGrubInstall(step, makeDurable));
    },
  };
}

function inTheWayByNow(stderr: string): GenctlError {
  return new GenctlError(
    'ETC_IN_THE_WAY',
    `cannot apply /etc: something has come in the way since it was looked at:\n${stderr.trimEnd()}`,
    { hint: 'Run the command again to see what would become of it.' },
  );
}
