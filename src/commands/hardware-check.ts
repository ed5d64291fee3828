import { exitCodes, type Finding, GenctlError } from '../errors.ts';
import type { CommittedModule } from '../hardware/committed/committed-module.ts';
import { compareModules, type Difference } from '../hardware/committed/compare-modules.ts';
import { optionName } from '../hardware/emit/option-name.ts';
import type { DeviceNaming } from '../hardware/module/hardware-module.ts';
import { planHardware } from '../hardware/plan-hardware.ts';
import { writeResult } from '../host/terminal.ts';
import { reportFinding } from '../output/report-error.ts';
import { formatTable } from '../output/table.ts';
import { printableLine } from '../printable.ts';
import type { Command } from './context.ts';
import { driverFindings } from './machine/driver-findings.ts';
import { committedPath, formatOf, type ModuleFormat } from './machine/module-file.ts';
import { readCommitted, sayableIn } from './machine/read-committed.ts';
import { type Hardware, readHardware } from './machine/read-hardware.ts';

export interface HardwareCheckArgs {
  from: string | undefined;
  kernel: string | undefined;
  /** The committed module, as seen from the root. */
  file: string | undefined;
}

/** `genctl hardware check`: what has changed since the module was written, and what of it matters. */
export const hardwareCheck: Command<HardwareCheckArgs> = async (context, args) => {
  const { root, config, json } = context;
  const path = args.file ?? committedPath(root, config);
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
    noFilesystems: false,
  });
  const differences = differencesTo(committed, hardware, format);
  const findings = [...driverFindings(hardware), ...differenceFindings(path, differences)];
  if (json) {
    const answer = {
      path,
      kernel: hardware.kernel?.release ?? null,
      differences: differences.map(difference => ({
        ...difference,
        committed: difference.committed ?? null,
        live: difference.live ?? null,
      })),
      unknown: hardware.facts.unknown,
      findings,
    };
    writeResult(`${JSON.stringify(answer)}\n`);
  } else {
    writeResult(textOf(root.onHost(path), differences));
  }
  for (const finding of findings) reportFinding(finding);
  return findings.length === 0 ? exitCodes.done : exitCodes.attention;
};

const namings: readonly DeviceNaming[] = ['uuid', 'partuuid', 'label', 'id', 'path'];

/**
 * A module may have been written with any of the choices; those that it differs least from are
 * taken for them, so that only the machine's own changes are seen.
 */
function differencesTo(
  committed: CommittedModule,
  { facts, kernel, choices }: Hardware,
  format: ModuleFormat,
): readonly Difference[] {
  const withFileSystems = [...committed.keys()].some(key => key.startsWith('fileSystems.'));
  const candidates = namings.map(deviceBy => {
    const { module } = planHardware(facts, kernel, { ...choices, deviceBy, withFileSystems });
    return compareModules(committed, sayableIn(format, module));
  });
  return candidates.reduce((best, one) => (one.length < best.length ? one : best));
}

function differenceFindings(path: string, differences: readonly Difference[]): Finding[] {
  const matters = differences.filter(difference => difference.mattersForBooting);
  return matters.map(difference => ({
    code: 'MODULE_OUTDATED',
    subject: path,
    reason: printableLine(describe(difference)),
    hint: 'See it with `genctl hardware write --dry-run`, then write the module anew.',
  }));
}

function describe({ kind, option, committed, live }: Difference): string {
  const name = optionName(option);
  if (kind === 'added') return `${name} lacks ${live}, which the machine has`;
  if (kind === 'gone') return `${name} has ${committed}, which the machine has not`;
  return `${name} is ${committed}, and on the machine ${live}`;
}

const words: Readonly<Record<Difference['kind'], string>> = {
  added: 'new on the machine',
  gone: 'gone from the machine',
  changed: 'changed',
};

function textOf(path: string, differences: readonly Difference[]): string {
  if (differences.length === 0) return `${path} says what is found\n`;
  const rows = differences.map(({ kind, option, committed, live, mattersForBooting }) =>
    [
      words[kind],
      optionName(option),
      String(committed ?? '-'),
      String(live ?? '-'),
      mattersForBooting ? 'yes' : 'no',
    ].map(printableLine),
  );
  return formatTable(['', 'OPTION', 'MODULE', 'MACHINE', 'MATTERS FOR BOOTING'], rows);
}
