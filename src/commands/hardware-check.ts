import { exitCodes, type Finding, GenctlError } from '../errors.ts';
import { compareModules } from '../hardware/committed/compare-modules.ts';
import type { Difference } from '../hardware/committed/difference.ts';
import { memberOf } from '../hardware/emit/option-family.ts';
import { optionName } from '../hardware/emit/option-name.ts';
import { writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { formatTable } from '../output/table.ts';
import { writeJson } from '../output/write-json.ts';
import { printableLine } from '../printable.ts';
import type { Command } from './context.ts';
import { driverFindings } from './machine/driver-findings.ts';
import { committedPath, formatOf, namedFile } from './machine/module-file.ts';
import { checkWhose } from './machine/own-hardware.ts';
import { readCommitted, sayableIn } from './machine/read-committed.ts';
import { readHardware } from './machine/read-hardware.ts';

export interface HardwareCheckArgs {
  from: string | undefined;
  kernel: string | undefined;
  /** The committed module, as seen from the root. */
  file: string | undefined;
}

/** `genctl hardware check`: what has changed since the module was written, and what of it matters. */
export const hardwareCheck: Command<HardwareCheckArgs> = async (context, args) => {
  const { root, config, json } = context;
  const path = args.file === undefined ? committedPath(root, config) : namedFile(args.file);
  checkWhose(root, args);
  if (path === undefined) {
    throw new GenctlError('MODULE_MISSING', 'there is no hardware-configuration to check', {
      hint: 'Write one with `genctl hardware write`, or name it with --file.',
    });
  }
  const format = formatOf(path);
  const committed = await readCommitted(root, path, format);
  const hardware = await readHardware(context, {
    from: args.from,
    kernel: args.kernel,
    deviceBy: 'uuid',
    // Whoever declares disks elsewhere has none of them in the module.
    noFilesystems: ![...committed.keys()].some(key => key.startsWith('fileSystems.')),
  });
  const differences = compareModules(committed, sayableIn(format, hardware.module), {
    facts: hardware.facts,
    root: hardware.choices.root,
    format,
  });
  const findings = [
    ...driverFindings(hardware),
    ...differenceFindings(root.onHost(path), differences),
  ];
  if (json) {
    const answer = {
      path,
      kernel: hardware.kernel?.release ?? null,
      differences: differences.map(difference => ({
        ...difference,
        committed: difference.committed ?? null,
        live: difference.live ?? null,
        note: difference.note ?? null,
      })),
      unknown: hardware.facts.unknown,
      findings,
    };
    writeJson(answer);
  } else {
    writeResult(textOf(printableLine(root.onHost(path)), differences));
  }
  for (const finding of findings) reportFinding(finding);
  return findings.length === 0 ? exitCodes.done : exitCodes.attention;
};

function differenceFindings(path: string, differences: readonly Difference[]): Finding[] {
  const matters = differences.filter(difference => difference.mattersForBooting);
  return matters.map(difference => ({
    code: 'MODULE_OUTDATED',
    subject: path,
    reason: printableLine(describe(difference)),
    hint: hints[difference.kind],
  }));
}

const writeAnew =
  'See it with `genctl hardware write --dry-run` (and --format nix for NixOS), then write the module anew.';

const hints: Readonly<Record<Difference['kind'], string>> = {
  added: writeAnew,
  changed: writeAnew,
  gone: 'Plug it in, or take it out of the module; a file system that may be missing has the option nofail.',
};

function describe({ kind, option, committed, live, note }: Difference): string {
  const name = optionName(option);
  if (kind === 'added') return `${name} lacks ${live}, which the machine needs`;
  const because = note === undefined ? '' : `: ${note}`;
  if (kind === 'gone') return `${name} has ${committed}, which is not in use${because}`;
  return `${name} is ${committed}, and on the machine ${live}${because}`;
}

function textOf(path: string, differences: readonly Difference[]): string {
  if (differences.length === 0) return `${path} says what is found\n`;
  const shown = withoutDetails(differences);
  const matters = shown.filter(({ mattersForBooting }) => mattersForBooting);
  const others = shown.filter(({ mattersForBooting }) => !mattersForBooting);
  const count = shown.length === 1 ? '1 difference' : `${shown.length} differences`;
  const ofThem = `${matters.length || 'none'} matter${matters.length > 1 ? '' : 's'} for booting`;
  const head = `${path}: ${count}; ${ofThem}`;
  // In the order of the module, but first what a person has to do something about.
  const rows = [...matters, ...others].map(rowOf);
  return `${head}\n\n${formatTable(['OPTION', 'MODULE', 'MACHINE', 'BOOTING', 'NOTE'], rows)}`;
}

/** Of what only one side has, the device says it all. */
function withoutDetails(differences: readonly Difference[]): readonly Difference[] {
  const alone = new Set(
    differences.filter(({ kind }) => kind !== 'changed').flatMap(each => deviceOf(each) ?? []),
  );
  return differences.filter(difference => {
    const { option, mattersForBooting } = difference;
    const isDetail = option.at(-1) !== 'device' && !mattersForBooting;
    return !isDetail || !alone.has(ownerOf(difference) ?? '');
  });
}

function deviceOf(difference: Difference): string | undefined {
  return difference.option.at(-1) === 'device' ? ownerOf(difference) : undefined;
}

/** The mount, swap or LUKS device that an option is of. */
function ownerOf({ kind, option }: Difference): string | undefined {
  const member = memberOf(option);
  return member && JSON.stringify([kind, member.family, member.name]);
}

function rowOf({ option, committed, live, mattersForBooting, note }: Difference): string[] {
  return [
    optionName(option),
    String(committed ?? '-'),
    String(live ?? '-'),
    mattersForBooting ? 'matters' : '-',
    note ?? '',
  ].map(printableLine);
}
