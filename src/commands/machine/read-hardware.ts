import { exitCodes, GenctlError } from '../../errors.ts';
import type { Facts } from '../../hardware/facts/facts.ts';
import { readFacts } from '../../hardware/facts/read-facts.ts';
import type { KernelModules } from '../../hardware/kernel/kernel-modules.ts';
import type {
  DeviceNaming,
  ModuleChoices,
  ModuleOrigin,
} from '../../hardware/module/hardware-module.ts';
import { type HardwarePlan, planHardware } from '../../hardware/plan-hardware.ts';
import type { HardwareSource } from '../../hardware/sources/hardware-source.ts';
import { readNamedFile, readStandardInput } from '../../host/read-source.ts';
import type { Context } from '../context.ts';
import { kernelIn, kernelOfRelease, kernelToBoot } from './target-kernel.ts';

/** The flags that say which machine is meant and how its module shall be. */
export interface HardwareArgs {
  /** A capture, a udev export or a facter report; undefined: the machine that runs. */
  from: string | undefined;
  /** The folder of one kernel's modules. */
  kernel: string | undefined;
  deviceBy: DeviceNaming;
  noFilesystems: boolean;
}

/** A machine's hardware, read and thought through. */
export interface Hardware extends HardwarePlan {
  readonly source: HardwareSource;
  readonly facts: Facts;
  readonly kernel: KernelModules | undefined;
  readonly choices: ModuleChoices;
}

/** The most that is read of a file given with --from. */
const maxSourceBytes = 256 << 20;

/** @throws GenctlError FILE_MISSING, SOURCE_UNKNOWN, CAPTURE_…, KERNEL_UNKNOWN */
export async function readHardware(context: Context, args: HardwareArgs): Promise<Hardware> {
  const source = await openNamed(args.from);
  const facts = readFacts(source);
  const kernel = await targetKernel(context, args, facts);
  const choices: ModuleChoices = {
    deviceBy: args.deviceBy,
    withFileSystems: !args.noFilesystems,
    // The root is where *this* machine has an installation mounted: a capture knows nothing of it.
    root: source.kind === 'live' ? context.root.hostPath : '/',
  };
  return { source, facts, kernel, choices, ...planHardware(facts, kernel, choices) };
}

/** What a module says of where it comes from. */
export function originOf({ source, kernel }: Hardware): ModuleOrigin {
  const isOfMachine = kernel !== undefined && kernel.role !== 'names';
  return { source: source.kind, kernelRelease: isOfMachine ? kernel.release : null };
}

async function openNamed(from: string | undefined): Promise<HardwareSource> {
  if (from === undefined) {
    const { openLiveSource } = await import('../../hardware/sources/live-source.ts');
    return openLiveSource();
  }
  const { openSource } = await import('../../hardware/sources/open-source.ts');
  if (from === '-') return openSource(readStandardInput(maxSourceBytes), 'standard input');
  if (from === '') {
    throw new GenctlError('USAGE', '--from is empty', {
      exitCode: exitCodes.usage,
      hint: 'Give it a file, or - for standard input.',
    });
  }
  return openSource(readNamedFile(from, maxSourceBytes), from);
}

async function targetKernel(
  { root, config }: Context,
  { from, kernel }: HardwareArgs,
  facts: Facts,
): Promise<KernelModules | undefined> {
  if (kernel !== undefined) return kernelIn(kernel);
  const { release } = facts.kernel;
  if (from === undefined) return kernelToBoot(root, config, release);
  return release === null ? undefined : kernelOfRelease(release);
}
