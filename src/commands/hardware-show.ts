import { type ExitCode, exitCodes, GenctlError } from '../errors.ts';
import type { Facts } from '../hardware/facts/facts.ts';
import { writeResult } from '../host/terminal.ts';
import type { Command } from './context.ts';
import { type ModuleFormat, renderModule } from './machine/module-file.ts';
import { type Hardware, type HardwareArgs, readHardware } from './machine/read-hardware.ts';
import { type LiveAnswers, showHardware } from './machine/show-hardware.ts';

export interface HardwareShowArgs extends HardwareArgs {
  format: 'text' | 'json' | ModuleFormat | undefined;
}

/** `genctl hardware show`: what the machine is, how it boots, and the module that says so. */
export const hardwareShow: Command<HardwareShowArgs> = async (context, args) => {
  const format = formatOf(context.json, args.format);
  const hardware = await readHardware(context, args);
  if (format === 'nix' || format === 'conf') {
    writeResult(await renderModule(hardware, format));
  } else {
    const live = hardware.source.kind === 'live' ? await ask(hardware.facts) : undefined;
    const answer = format === 'json' ? toJson(hardware, live) : showHardware(hardware, live);
    writeResult(answer);
  }
  return exitCodes.done satisfies ExitCode;
};

function formatOf(json: boolean, format: HardwareShowArgs['format']) {
  if (json && format !== undefined && format !== 'json') {
    throw new GenctlError('USAGE', `--json and --format ${format} contradict each other`, {
      exitCode: exitCodes.usage,
      hint: 'Give one of them.',
    });
  }
  return json ? 'json' : (format ?? 'text');
}

async function ask(facts: Facts): Promise<LiveAnswers> {
  const { askPackages } = await import('../hardware/summary/ask-packages.ts');
  return askPackages(facts);
}

function toJson(hardware: Hardware, live: LiveAnswers | undefined): string {
  const { source, facts, kernel, chains, module } = hardware;
  const answer = {
    source: { kind: source.kind, name: source.name, silentOn: source.silentOn },
    kernel: kernel?.release ?? null,
    facts,
    chains,
    module,
    summary: live?.summary ?? null,
    space: live?.space ?? null,
  };
  return `${JSON.stringify(answer)}\n`;
}
