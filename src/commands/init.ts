import { type ExitCode, exitCodes, type Finding, GenctlError } from '../errors.ts';
import type { Facts } from '../hardware/facts/facts.ts';
import { ownProgram } from '../host/own-program.ts';
import type { Root } from '../host/root.ts';
import { writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { writeJson } from '../output/write-json.ts';
import type { Declaration } from '../system/declaration/declaration.ts';
import { applyUnits } from '../system/machine-units/apply-units.ts';
import { checkDeclaration } from '../system/machine-units/declaration-to-follow.ts';
import {
  noUnits,
  planInstallation,
  planRemoval,
  type UnitPlan,
} from '../system/machine-units/plan-units.ts';
import { checkProgram } from '../system/machine-units/program-to-start.ts';
import { readUnits } from '../system/machine-units/read-units.ts';
import { type EnabledUnit, renderUnits, timerName } from '../system/machine-units/render-units.ts';
import { readStarterFacts } from '../system/read-starter-facts.ts';
import { retentionPolicy } from '../system/retention-policy.ts';
import { renderStarter } from '../system/starter.ts';
import type { Command, Context } from './context.ts';
import { isOfThisMachine } from './machine/own-hardware.ts';
import { readDeclared } from './machine/read-declared.ts';
import { writeWhole } from './machine/write-whole.ts';

export interface InitArgs {
  /** Systemd units and kernel hooks too; with a declaration in place, only those. */
  withUnits: boolean;
  /** Only takes the units and hooks away. */
  removeUnits: boolean;
}

/** `genctl init`: a starter declaration for this machine, and what lets it run genctl by itself. */
export const init: Command<InitArgs> = async (context, args) => {
  if (args.withUnits && args.removeUnits) {
    throw new GenctlError('USAGE', '--with-units and --remove-units contradict each other', {
      exitCode: exitCodes.usage,
      hint: 'Give one of them.',
    });
  }
  const starter = args.removeUnits ? [] : await starterFor(context, args);
  const isThere = ([name]: StarterFile): boolean =>
    context.root.stat(`${context.config}/${name}`) !== undefined;
  const files = starter.filter(file => !isThere(file));
  const kept = starter.filter(isThere).map(([name]) => keptFinding(context, name));
  const { plan, findings } = await unitsFor(context, args);
  if (!context.dryRun) {
    if (files.length > 0) writeStarter(context, files);
    await applyUnits(context.root, plan);
  }
  return report(context, files, plan, [...kept, ...plan.findings, ...findings]);
};

type StarterFile = [name: string, text: string];

/** The files of the declaration; none where there is one and only units are asked for. */
async function starterFor(context: Context, { withUnits }: InitArgs): Promise<StarterFile[]> {
  const { root, config } = context;
  if (root.stat(`${config}/system.conf`) === undefined) {
    const hardware = await ownHardware(context);
    return renderStarter(readStarterFacts(root, hardware?.facts), hardware?.module);
  }
  if (withUnits) return [];
  throw new GenctlError(
    'DECLARATION_EXISTS',
    `${root.onHost(config)}/system.conf is there already`,
    { hint: 'Edit it, or move it away to get a fresh one.' },
  );
}

/** What is known of the machine that runs, unless the root is another machine's. */
async function ownHardware(
  context: Context,
): Promise<{ facts: Facts; module: string } | undefined> {
  if (!isOfThisMachine(context.root)) return undefined;
  const { readHardware } = await import('./machine/read-hardware.ts');
  const { renderModule } = await import('./machine/module-file.ts');
  const hardware = await readHardware(context, {
    from: undefined,
    kernel: undefined,
    deviceBy: 'uuid',
    noFilesystems: false,
  });
  return { facts: hardware.facts, module: await renderModule(hardware, 'conf') };
}

function writeStarter({ root, config }: Context, files: readonly StarterFile[]): void {
  using folder = root.folderOrMake(config);
  using etc = folder.openOrMake('etc');
  etc.sync();
  // system.conf comes last: with it the declaration is complete.
  for (const [name, text] of files) writeWhole(folder, name, text);
}

/** What there is already stays, and is said. */
function keptFinding({ root, config }: Context, name: string): Finding {
  return {
    code: 'FILE_KEPT',
    subject: root.onHost(`${config}/${name}`),
    reason: 'it is there already, so it is left as it is',
    hint: 'See what this machine has to say with `genctl hardware write --dry-run`.',
  };
}

/** What is to be done about the units, and what was found beside them. */
async function unitsFor(
  { root, config }: Context,
  { withUnits, removeUnits }: InitArgs,
): Promise<{ plan: UnitPlan; findings: readonly Finding[] }> {
  if (removeUnits) return { plan: planRemoval(readUnits(root)), findings: [] };
  if (!withUnits) return { plan: noUnits, findings: [] };
  const program = ownProgram();
  const declaration = await readDeclared(root, config);
  const files = declaration?.files.map(file => logicalPath(root, file)) ?? [];
  checkDeclaration(root, config, files);
  const findings = [...checkProgram(root, program), ...retentionFindings(declaration)];
  return { plan: planInstallation(renderUnits({ program, config }), readUnits(root)), findings };
}

/** Without a word on what stays, `genctl gc` refuses, each day anew. */
function retentionFindings(declaration: Declaration | undefined): Finding[] {
  if (declaration === undefined || retentionPolicy(declaration.gc) !== undefined) return [];
  return [
    {
      code: 'KEEP_MISSING',
      subject: 'genctl-gc.service',
      reason: 'it collects nothing, since the declaration does not say how many generations stay',
      hint: 'Write `keep = 10` into [gc].',
    },
  ];
}

function logicalPath(root: Root, hostPath: string): string {
  return root.isLive ? hostPath : hostPath.slice(root.hostPath.length);
}

function report(
  { root, config, dryRun, json }: Context,
  files: readonly StarterFile[],
  plan: UnitPlan,
  findings: readonly Finding[],
): ExitCode {
  const named = files.map(([name, text]) => ({ path: `${root.onHost(config)}/${name}`, text }));
  const written = plan.write.map(({ path, text }) => ({ path: root.onHost(path), text }));
  const removed = plan.remove.map(path => root.onHost(path));
  if (json) {
    const units = {
      write: written.map(({ path }) => path),
      remove: removed,
      timer: timerOf(plan),
      enable: plan.enable.map(nameOf),
      disable: plan.disable.map(nameOf),
    };
    const facts = { files: named.map(({ path }) => path), units, written: !dryRun, findings };
    writeJson(facts);
  } else {
    const [was, show] = dryRun ? ['would be ', contentOf] : ['', wroteIt];
    const lines = [
      ...[...named, ...written].map(show),
      ...removed.map(path => `${path} ${was}removed\n`),
      ...plan.enable.map(unit => `${nameOf(unit)} ${was}enabled\n`),
      ...plan.disable.map(unit => `${nameOf(unit)} ${was}disabled\n`),
    ];
    writeResult(lines.length === 0 ? 'nothing to do\n' : lines.join(''));
    if (files.length > 0 && !dryRun) writeResult(next);
  }
  for (const finding of findings) reportFinding(finding);
  return findings.length === 0 ? exitCodes.done : exitCodes.attention;
}

const next =
  'next: look through the declaration, `genctl loader install` once, then `genctl switch`\n';

function nameOf({ name }: EnabledUnit): string {
  return name;
}

/** `units.enable` and `units.disable` say it of all; scripts know this field. */
function timerOf({ enable, disable }: UnitPlan): 'enable' | 'disable' | 'leave' {
  if (enable.some(({ name }) => name === timerName)) return 'enable';
  return disable.some(({ name }) => name === timerName) ? 'disable' : 'leave';
}

function wroteIt({ path }: { path: string }): string {
  return `wrote ${path}\n`;
}

function contentOf({ path, text }: { path: string; text: string }): string {
  return `--- ${path}\n${text}\n`;
}
