import { type ExitCode, exitCodes, type Finding } from '../errors.ts';
import { type BesideReason, type FilePlan, planFile } from '../hardware/committed/plan-file.ts';
import { type Root, split } from '../host/root.ts';
import { writeResult } from '../host/terminal.ts';
import { writeWhole } from '../host/write-whole.ts';
import { reportFinding } from '../output/report-error.ts';
import { colouredDiff, unifiedDiff } from '../output/unified-diff.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Command, Context } from './context.ts';
import { driverFindings } from './machine/driver-findings.ts';
import {
  formatOf,
  type ModuleFormat,
  modulePath,
  namedFile,
  renderModule,
} from './machine/module-file.ts';
import { checkWhose } from './machine/own-hardware.ts';
import { type Hardware, type HardwareArgs, readHardware } from './machine/read-hardware.ts';

export interface HardwareWriteArgs extends HardwareArgs {
  format: ModuleFormat | undefined;
  /** Where to, as seen from the root. */
  file: string | undefined;
}

/** What is to be done, by logical paths without links. */
interface WritePlan {
  path: string;
  file: FilePlan;
  /** Where the module belongs; undefined where it may go nowhere, or is there already. */
  target: string | undefined;
  text: string;
  diff: string;
  findings: readonly Finding[];
}

/** `genctl hardware write`: the module into its file, unless somebody has changed that file. */
export const hardwareWrite: Command<HardwareWriteArgs> = async (context, args) => {
  const { root, config, dryRun } = context;
  const given = args.file === undefined ? undefined : namedFile(args.file);
  const format = args.format ?? (given === undefined ? 'conf' : formatOf(given));
  checkWhose(root, args);
  const hardware = await readHardware(context, args);
  const plan = await planWrite(root, given ?? modulePath(format, config), hardware, format);
  if (plan.target !== undefined && !dryRun) {
    const { parent, name } = split(plan.target);
    using folder = root.folderOrMake(parent);
    writeWhole(folder, name, plan.text);
  }
  return report(context, plan);
};

async function planWrite(
  root: Root,
  path: string,
  hardware: Hardware,
  format: ModuleFormat,
): Promise<WritePlan> {
  const text = await renderModule(hardware, format);
  // A name that is a link, into a repository say, stays one: its file is written.
  const place = textAt(root, path) === undefined ? path : root.realPath(path);
  const existing = textAt(root, place);
  const isPartial = hardware.choices.withFileSystems && hardware.facts.mounts.length === 0;
  const file = planFile(existing, text, { isPartial });
  const besidePath = `${place}.new`;
  const besideText = textAt(root, besidePath);
  // What lies beside it is somebody's too, once it was changed.
  const beside = planFile(besideText, text, { isPartial: false });
  const isBeside = file.kind === 'beside';
  const target =
    file.kind === 'write' ? place : isBeside && beside.kind === 'write' ? besidePath : undefined;
  const before = { name: root.onHost(place), text: existing ?? '' };
  const after = { name: root.onHost(isBeside ? besidePath : place), text };
  const findings = [
    ...(isBeside ? [keptFinding(root, { place, besidePath, because: file.because })] : []),
    ...(isBeside && beside.kind === 'beside' ? [besideFinding(root, besidePath)] : []),
    ...(isPartial && !isBeside ? [partialFinding(root, place)] : []),
    ...driverFindings(hardware),
  ];
  return { path: place, file, target, text, diff: unifiedDiff(before, after), findings };
}

function textAt(root: Root, path: string): string | undefined {
  return root.readFileIfThere(path, 16 << 20)?.toString('utf8');
}

function report({ root, json, dryRun }: Context, plan: WritePlan): ExitCode {
  const { path, file, target, diff, findings } = plan;
  if (json) {
    const written = target !== undefined && !dryRun;
    writeJson({ path, state: file.kind, target: target ?? null, diff, written, findings });
  } else {
    const verb = dryRun ? 'would write' : 'wrote';
    writeResult(colouredDiff(diff));
    if (target !== undefined) writeResult(`${verb} ${printableLine(root.onHost(target))}\n`);
    else if (file.kind === 'unchanged')
      writeResult(`${printableLine(root.onHost(path))} says what is found already\n`);
  }
  for (const finding of findings) reportFinding(finding);
  return findings.length === 0 ? exitCodes.done : exitCodes.attention;
}

const reasons: Readonly<Record<BesideReason, string>> = {
  edited: 'it was changed by hand since genctl wrote it, so it is left as it is',
  foreign: 'genctl has not written it, so it is left as it is',
  partial:
    'the new one has no file systems, since its source cannot tell them, so it is left as it is',
};

function keptFinding(
  root: Root,
  { place, besidePath, because }: { place: string; besidePath: string; because: BesideReason },
): Finding {
  return {
    code: because === 'partial' ? 'MODULE_PARTIAL' : 'MODULE_NOT_OURS',
    subject: root.onHost(place),
    reason: reasons[because],
    hint: `Compare it with ${root.onHost(besidePath)}, and move that into its place if you agree.`,
  };
}

function besideFinding(root: Root, besidePath: string): Finding {
  return {
    code: 'MODULE_NOT_OURS',
    subject: root.onHost(besidePath),
    reason: 'it was changed by hand as well, so nothing is written',
    hint: 'Move it away, or into the place of the other.',
  };
}

function partialFinding(root: Root, place: string): Finding {
  return {
    code: 'MODULE_PARTIAL',
    subject: root.onHost(place),
    reason: 'it has no file systems: its source cannot tell what is mounted',
    hint: 'Declare them by hand, or write it on the machine itself or from a capture; with --no-filesystems, nobody expects them.',
  };
}
