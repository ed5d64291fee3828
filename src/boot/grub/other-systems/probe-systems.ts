import { type Finding, findingOf, GenctlError } from '../../../errors.ts';
import { printableLine } from '../../../printable.ts';
import type { OtherSystem } from '../other-system.ts';
import {
  type ParsedLines,
  type ProbedKernel,
  type ProbedSystem,
  parseKernels,
  parseSystems,
} from './parse-probe.ts';
import type { Prober } from './prober.ts';
import { Volumes } from './volumes.ts';

/** More ways to boot one system than anybody looks through. */
const mostWays = 50;

export interface ProbeResult {
  systems: OtherSystem[];
  findings: Finding[];
}

/**
 * Looks for other systems with os-prober, and for their kernels with linux-boot-prober. What
 * cannot be used is a finding, and the rest goes on.
 *
 * @param ownDevice what our own root file system is on, which is no other system; undefined where
 *   that is no device
 * @throws GenctlError PROGRAM_MISSING, PROBE_FAILED, INTERRUPTED
 */
export async function probeSystems(
  prober: Prober,
  ownDevice: string | undefined,
): Promise<ProbeResult> {
  const { items, unused } = parseSystems(await askForSystems(prober));
  const result: ProbeResult = { systems: [], findings: unused.map(unusedLine('os-prober')) };
  const volumes = new Volumes(prober);
  const ownRoot = ownDevice === undefined ? undefined : await volumes.uuidOf(ownDevice);
  for (const probed of withDistinctTitles(items)) {
    const subject = subjectOf(probed);
    const found = await orFinding(subject, () => follow(probed, prober, volumes, ownRoot));
    result.systems.push(...found.systems);
    result.findings.push(...found.findings);
  }
  return result;
}

async function askForSystems(prober: Prober): Promise<string> {
  try {
    return await prober.ask('os-prober');
  } catch (thrown) {
    if (!(thrown instanceof GenctlError && thrown.code === 'PROGRAM_FAILED')) throw thrown;
    throw new GenctlError('PROBE_FAILED', `nothing was found out: ${thrown.message}`, {
      cause: thrown,
      hint: 'What was found before stays. Run `os-prober` by itself, and look into the system’s log for the disk that it stops at.',
    });
  }
}

/** What fails with one system, or with one way to boot it, is a finding about that one. */
async function orFinding(subject: string, work: () => Promise<ProbeResult>): Promise<ProbeResult> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof GenctlError) || thrown.code === 'INTERRUPTED') throw thrown;
    return { systems: [], findings: [findingOf(thrown, subject)] };
  }
}

/** Two systems of one name are told apart by their devices. */
function withDistinctTitles(systems: readonly ProbedSystem[]): ProbedSystem[] {
  return systems.map(system => {
    const isAlone = systems.filter(({ title }) => title === system.title).length === 1;
    return isAlone ? system : { ...system, title: `${system.title} (on ${system.device})` };
  });
}

async function follow(
  probed: ProbedSystem,
  prober: Prober,
  volumes: Volumes,
  ownRoot: string | undefined,
): Promise<ProbeResult> {
  const { start, device, title } = probed;
  if (start.by === 'linux') return followLinux(probed, prober, volumes, ownRoot);
  const volume = await volumes.of(device);
  const system: OtherSystem =
    start.by === 'efi'
      ? { kind: 'efi', title, ...volume, path: start.path }
      : { kind: 'boot-sector', title, ...volume };
  return { systems: [system], findings: [] };
}

async function followLinux(
  probed: ProbedSystem,
  prober: Prober,
  volumes: Volumes,
  ownRoot: string | undefined,
): Promise<ProbeResult> {
  const { device, title } = probed;
  const isOurs = async (root: string): Promise<boolean> =>
    ownRoot !== undefined && (await volumes.uuidOf(root)) === ownRoot;
  if (await isOurs(device)) return { systems: [], findings: [] };
  const subject = subjectOf(probed);
  const { items, unused } = parseKernels(await prober.ask('linux-boot-prober', [device]));
  const result: ProbeResult = { systems: [], findings: unused.map(unusedLine(subject)) };
  for (const kernel of items.slice(0, mostWays)) {
    if (await isOurs(kernel.root)) continue;
    const isFirst = result.systems.length === 0;
    const found = await orFinding(subject, () => wayToBoot(kernel, title, isFirst, volumes));
    result.systems.push(...found.systems);
    result.findings.push(...found.findings);
  }
  if (items.length > mostWays) {
    const reason = `of its ${items.length} ways to boot, only the first ${mostWays} are taken`;
    result.findings.push(unusable(subject, reason));
  }
  if (items.length === 0) {
    result.findings.push(unusable(subject, 'linux-boot-prober has found no kernel of it'));
  }
  return result;
}

/** The first way stands for the system in the menu, the others are behind it. */
async function wayToBoot(
  kernel: ProbedKernel,
  title: string,
  isFirst: boolean,
  volumes: Volumes,
): Promise<ProbeResult> {
  const { boot, label, linux, initrds } = kernel;
  const system: OtherSystem = {
    kind: 'linux',
    title: isFirst || label === '' ? title : label,
    ...(!isFirst && { submenu: `Advanced options for ${title}` }),
    ...(await volumes.of(boot)),
    linux,
    initrds,
    options: await lastingOptions(kernel, volumes),
  };
  return { systems: [system], findings: [] };
}

/** What is found is kept, and a disk may have another name by then. */
async function lastingOptions(kernel: ProbedKernel, volumes: Volumes): Promise<string[]> {
  const { root, initrds, options } = kernel;
  const byName = `root=${root}`;
  // Only an initrd can look for a UUID.
  if (initrds.length === 0 || !options.includes(byName)) return [...options];
  const fsUuid = await volumes.uuidOf(root);
  if (fsUuid === undefined) return [...options];
  return options.map(option => (option === byName ? `root=UUID=${fsUuid}` : option));
}

function subjectOf({ title, device }: ProbedSystem): string {
  return title.endsWith(`(on ${device})`) ? title : `${title} on ${device}`;
}

function unusedLine(subject: string): (unused: ParsedLines<never>['unused'][number]) => Finding {
  return ({ line, reason }) => {
    const shown = printableLine(line.length > 200 ? `${line.slice(0, 200)}...` : line);
    return unusable(subject, `${reason}: ${shown}`);
  };
}

function unusable(subject: string, reason: string): Finding {
  return { code: 'OTHER_SYSTEM_UNUSABLE', subject, reason };
}
