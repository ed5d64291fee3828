import { type ExitCode, exitCodes, type Finding, GenctlError } from '../errors.ts';
import type { Facts } from '../hardware/facts/facts.ts';
import { ownProgram } from '../host/own-program.ts';
import { type Root, split } from '../host/root.ts';
import { writeResult } from '../host/terminal.ts';
import { writeWhole } from '../host/write-whole.ts';
import { reportFinding } from '../output/report-error.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Declaration } from '../system/declaration/declaration.ts';
import { askApt } from '../system/from-debian/ask-apt.ts';
import {
  asDebian,
  type ConvertedDebian,
  convertDebian,
} from '../system/from-debian/convert-debian.ts';
import type { EtcCopy } from '../system/from-debian/etc-copy.ts';
import type { LeftOut } from '../system/from-debian/left-out.ts';
import { readDebian } from '../system/from-debian/read-debian.ts';
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
import { isLoss, leftOutJson, sayLeftOut } from './machine/say-left-out.ts';

export interface InitArgs {
  /** Systemd units and kernel hooks too; with a declaration in place, only those. */
  withUnits: boolean;
  /** Only takes the units and hooks away. */
  removeUnits: boolean;
  /** Declares the Debian that is installed: its packages, and what is its own in /etc. */
  fromDebian: boolean;
}

/** `genctl init`: a starter declaration for this machine, and what lets it run genctl by itself. */
export const init: Command<InitArgs> = async (context, args) => {
  refuseContradictions(args);
  const starter = args.removeUnits ? noStarter : await starterFor(context, args);
  const isThere = (name: string): boolean => isAt(context.root, `${context.config}/${name}`);
  const files = starter.files.filter(([name]) => !isThere(name));
  const copies = starter.copies.filter(({ path }) => !isThere(`etc/${path}`));
  const names = [
    ...starter.copies.map(({ path }) => `etc/${path}`),
    ...starter.files.map(([name]) => name),
  ];
  const kept = names.filter(isThere).map(name => keptFinding(context, name));
  const { plan, findings } = await unitsFor(context, args);
  if (!context.dryRun) {
    if (files.length > 0) writeStarter(context, files, copies);
    await applyUnits(context.root, plan);
  }
  return report(context, args, { files, copies, leftOut: starter.leftOut }, plan, [
    ...kept,
    ...plan.findings,
    ...findings,
  ]);
};

function refuseContradictions({ withUnits, removeUnits, fromDebian }: InitArgs): void {
  const other = withUnits ? '--with-units' : fromDebian ? '--from-debian' : undefined;
  if (!removeUnits || other === undefined) return;
  throw new GenctlError('USAGE', `${other} and --remove-units contradict each other`, {
    exitCode: exitCodes.usage,
    hint: 'Give one of them.',
  });
}

/** A link that leads nowhere is there, too. */
function isAt(root: Root, path: string): boolean {
  const { parent, name } = split(path);
  using folder = root.folderIfThere(parent);
  return folder?.stat(name) !== undefined;
}

type StarterFile = [name: string, text: string];

interface Starter {
  files: readonly StarterFile[];
  /** What goes into `etc/`. */
  copies: readonly EtcCopy[];
  leftOut: readonly LeftOut[];
}

const noStarter: Starter = { files: [], copies: [], leftOut: [] };

/** The declaration; nothing of one where there is one and only units are asked for. */
async function starterFor(context: Context, args: InitArgs): Promise<Starter> {
  const { root, config } = context;
  if (root.stat(`${config}/system.conf`) === undefined) {
    const hardware = await ownHardware(context);
    const debian = args.fromDebian ? await readInstalledDebian(root, hardware?.facts) : undefined;
    const facts = readStarterFacts(root, hardware?.facts);
    const files = renderStarter(
      debian === undefined ? facts : asDebian(facts, debian),
      hardware?.module,
    );
    return { files, copies: debian?.copies ?? [], leftOut: debian?.leftOut ?? [] };
  }
  if (args.withUnits && !args.fromDebian) return noStarter;
  throw new GenctlError(
    'DECLARATION_EXISTS',
    `${root.onHost(config)}/system.conf is there already`,
    { hint: 'Edit it, or move it away to get a fresh one.' },
  );
}

/** Only apt of the machine that runs knows whose packages are. */
async function readInstalledDebian(
  root: Root,
  hardware: Facts | undefined,
): Promise<ConvertedDebian> {
  const origins = root.isLive ? askApt : async () => undefined;
  const places = hardware?.mounts.map(({ mountPoint }) => logicalPath(root, mountPoint));
  return convertDebian(root, await readDebian(root, origins), new Set(places));
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

function writeStarter(
  { root, config }: Context,
  files: readonly StarterFile[],
  copies: readonly EtcCopy[],
): void {
  using folder = root.folderOrMake(config);
  using etc = folder.openOrMake('etc');
  for (const copy of copies) writeCopy(root, `${config}/etc/${copy.path}`, copy);
  etc.sync();
  // system.conf comes last: with it the declaration is complete.
  for (const [name, text] of files) writeWhole(folder, name, text);
}

function writeCopy(root: Root, place: string, copy: EtcCopy): void {
  const { parent, name } = split(place);
  using folder = root.folderOrMake(parent);
  if (copy.kind === 'file') writeWhole(folder, name, copy.content, copy.mode);
  else {
    folder.makeLink(name, copy.target);
    folder.sync();
  }
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
  args: InitArgs,
  { files, copies, leftOut }: Starter,
  plan: UnitPlan,
  findings: readonly Finding[],
): ExitCode {
  const copied = copies.map(copy => ({ path: root.onHost(`${config}/etc/${copy.path}`), copy }));
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
    writeJson({
      files: [...copied, ...named].map(({ path }) => path),
      leftOut: leftOut.map(leftOutJson),
      units,
      written: !dryRun,
      findings,
    });
  } else {
    const [was, show] = dryRun ? ['would be ', contentOf] : ['', wroteIt];
    const lines = [
      ...copied.map(dryRun ? wouldCopy : wroteIt),
      ...[...named, ...written].map(show),
      ...removed.map(path => `${path} ${was}removed\n`),
      ...plan.enable.map(unit => `${nameOf(unit)} ${was}enabled\n`),
      ...plan.disable.map(unit => `${nameOf(unit)} ${was}disabled\n`),
    ];
    writeResult(lines.length === 0 ? 'nothing to do\n' : lines.join(''));
    if (files.length > 0 && !dryRun) writeResult(nextFor(root, config, args));
  }
  for (const each of leftOut) sayLeftOut(each);
  for (const finding of findings) reportFinding(finding);
  const isWhole = findings.length === 0 && !leftOut.some(isLoss);
  return isWhole ? exitCodes.done : exitCodes.attention;
}

function nextFor(root: Root, config: string, { fromDebian }: InitArgs): string {
  const genctl = root.isLive ? 'genctl' : `genctl --root ${root.hostPath}`;
  // Its /usr becomes another one, which only a boot can do.
  if (fromDebian) {
    return `next: look through the declaration, \`${genctl} loader install\` once, \`${genctl} lock\`, then \`${genctl} boot\`, and reboot\n`;
  }
  // Mounted here, or empty: nothing has booted from it yet.
  const isInstallation =
    !root.isLive && (isOfThisMachine(root) || root.stat('/usr/bin') === undefined);
  return isInstallation
    ? `next: look through ${root.onHost(config)}/system.conf, then \`${genctl} install\`\n`
    : 'next: look through the declaration, `genctl loader install` once, then `genctl switch`\n';
}

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

/** Its content is the machine's own already, and perhaps a secret. */
function wouldCopy({ path, copy }: { path: string; copy: EtcCopy }): string {
  const what = copy.kind === 'link' ? `a link to ${copy.target}` : `a copy of /etc/${copy.path}`;
  return `--- ${printableLine(`${path} (${what})`)}\n`;
}

function contentOf({ path, text }: { path: string; text: string }): string {
  return `--- ${path}\n${text}\n`;
}
