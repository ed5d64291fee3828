import { type ExitCode, exitCodes, type Finding, GenctlError } from '../errors.ts';
import { type FilePlan, planFile } from '../hardware/committed/plan-file.ts';
import { split } from '../host/root.ts';
import { writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { colouredDiff, unifiedDiff } from '../output/unified-diff.ts';
import type { Command, Context } from './context.ts';
import { formatOf, type ModuleFormat, modulePath, renderModule } from './machine/module-file.ts';
import { type HardwareArgs, readHardware } from './machine/read-hardware.ts';
import { writeWhole } from './machine/write-whole.ts';

export interface HardwareWriteArgs extends HardwareArgs {
  format: ModuleFormat | undefined;
  /** Where to, as seen from the root. */
  file: string | undefined;
}

interface Outcome {
  path: string;
  plan: FilePlan;
  /** Where the module is, or would be, written; undefined where nothing is. */
  target: string | undefined;
  diff: string;
}

/** `genctl hardware write`: the module into its file, unless somebody has changed that file. */
export const hardwareWrite: Command<HardwareWriteArgs> = async (context, args) => {
  const { root, config, dryRun } = context;
  const format = args.format ?? (args.file === undefined ? 'conf' : formatOf(args.file));
  const path = args.file ?? modulePath(format, config);
  if (!path.startsWith('/')) {
    throw new GenctlError('USAGE', `--file ${path} is not absolute`, {
      exitCode: exitCodes.usage,
      hint: 'Give it a path from the root on, such as /etc/nixos/hardware-configuration.nix.',
    });
  }
  const wanted = renderModule(await readHardware(context, args), format);
  const existing = textAt(context, path);
  const plan = planFile(existing, wanted);
  const besidePath = `${path}.new`;
  const target = plan.kind === 'write' ? path : plan.kind === 'beside' ? besidePath : undefined;
  const diff = unifiedDiff(
    { name: path, text: existing ?? '' },
    { name: target ?? path, text: wanted },
  );
  if (target !== undefined && !dryRun && textAt(context, target) !== wanted) {
    const { parent, name } = split(target);
    using folder = root.folderOrMake(parent);
    writeWhole(folder, name, wanted);
  }
  return report(context, { path, plan, target, diff });
};

function textAt({ root }: Context, path: string): string | undefined {
  return root.readFileIfThere(path, 16 << 20)?.toString('utf8');
}

function report({ root, json, dryRun }: Context, { path, plan, target, diff }: Outcome): ExitCode {
  const findings = findingsOf(path, plan, target);
  if (json) {
    const answer = {
      path,
      state: plan.kind,
      target: target ?? null,
      diff,
      written: target !== undefined && !dryRun,
      findings,
    };
    writeResult(`${JSON.stringify(answer)}\n`);
  } else {
    const verb = dryRun ? 'would write' : 'wrote';
    writeResult(colouredDiff(diff));
    writeResult(
      target === undefined
        ? `${root.onHost(path)} says what is found already\n`
        : `${verb} ${root.onHost(target)}\n`,
    );
  }
  for (const finding of findings) reportFinding(finding);
  return findings.length === 0 ? exitCodes.done : exitCodes.attention;
}

function findingsOf(path: string, plan: FilePlan, target: string | undefined): Finding[] {
  if (plan.kind !== 'beside') return [];
  const reason =
    plan.because === 'edited'
      ? 'it was changed by hand since genctl wrote it, so it is left as it is'
      : 'genctl has not written it, so it is left as it is';
  return [
    {
      code: 'MODULE_NOT_OURS',
      subject: path,
      reason,
      hint: `Compare it with ${target}, and move that into its place if you agree.`,
    },
  ];
}
