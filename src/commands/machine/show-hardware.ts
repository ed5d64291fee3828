import { formatBytes } from '../../bytes.ts';
import type { Device, Facts } from '../../hardware/facts/facts.ts';
import type { BootChain, ChainLink, ChainModule } from '../../hardware/module/boot-chain.ts';
import type { SpaceRow, Summary } from '../../hardware/summary/summary.ts';
import { colours } from '../../output/colours.ts';
import { formatColumns, formatTable } from '../../output/table.ts';
import { printableLine } from '../../printable.ts';
import type { Hardware } from './read-hardware.ts';

/** What only a machine that runs can be asked. */
export interface LiveAnswers {
  summary: Summary;
  space: readonly SpaceRow[];
}

/** A machine as a person wants to see it: what it is, how it boots, what its module leaves out. */
export function showHardware(hardware: Hardware, live: LiveAnswers | undefined): string {
  const { source, facts, chains, kernel, module } = hardware;
  const unknown = facts.unknown.map(text => `  ${printableLine(text)}\n`);
  const omissions = module.omissions.map(
    ({ subject, reason }) => `  ${printableLine(`${subject}: ${reason}`)}\n`,
  );
  return [
    heading(printableLine(source.name)),
    formatColumns([...machineRows(facts), ...summaryRows(live?.summary)].map(printableRow)),
    ...section(`How it boots (${targetText(kernel)})`, chains.map(chainLines)),
    ...section('Room', live === undefined ? [] : [spaceTable(live.space)]),
    ...section('Seen, and left out of the module', omissions),
    ...section('Not to be found out', [...unknown, ...failureLines(live?.summary)]),
  ].join('');
}

function targetText(kernel: Hardware['kernel']): string {
  if (kernel === undefined) return 'no kernel at hand';
  const release = `Linux ${kernel.release}`;
  return kernel.role === 'names' ? `kernel not there yet; named as in ${release}` : release;
}

function heading(text: string): string {
  return `${colours.bold(text)}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['\n', heading(title), ...lines];
}

type Row = [what: string, text: string];

function printableRow([what, text]: Row): string[] {
  return [`  ${what}`, printableLine(text)];
}

function machineRows(facts: Facts): Row[] {
  const { dmi, deviceTree, cpu, firmware, virtualisation, kernel } = facts;
  const { machine, container } = virtualisation;
  const product = [dmi?.systemVendor, dmi?.productName, dmi?.productVersion];
  const virtual = [machine, container].filter(word => word !== null).join(', in it ');
  const rows: (Row | undefined)[] = [
    row('machine', product.filter(Boolean).join(' ') || deviceTree?.model),
    row('firmware', firmwareText(firmware)),
    row('processor', cpu.model ?? cpu.vendor, `${cpu.count} logical`),
    row('virtual', virtual === '' ? 'no' : virtual),
    row('KVM', cpu.virtualisation ?? 'not offered by the processor'),
    row('kernel', kernel.release, facts.platform ?? undefined),
    ...facts.graphics.map(path => row('graphics', deviceText(facts, path))),
    ...facts.networkInterfaces
      .filter(({ device }) => device !== null)
      .map(({ name, kind, device }) => row('network', name, kind, deviceText(facts, device))),
    ...facts.keyboards.map(({ title }) => row('keyboard', title)),
    ...facts.tpms.map(({ name }) => row('TPM', name)),
  ];
  return rows.filter(found => found !== undefined);
}

function row(what: string, ...parts: readonly (string | null | undefined)[]): Row | undefined {
  const text = parts.filter(part => part !== null && part !== undefined && part !== '').join(', ');
  return parts[0] === null || parts[0] === undefined || text === '' ? undefined : [what, text];
}

function firmwareText({ kind, bits, secureBoot }: Facts['firmware']): string {
  const names = { uefi: 'UEFI', bios: 'BIOS', 'device-tree': 'device tree', unknown: 'unknown' };
  const parts = [
    names[kind],
    ...(bits === null ? [] : [`${bits} bits`]),
    ...(secureBoot === null ? [] : [`Secure Boot ${secureBoot}`]),
  ];
  return parts.join(', ');
}

function deviceText(facts: Facts, path: string | null): string | undefined {
  const device = facts.devices.find(candidate => candidate.path === path);
  return device === undefined ? undefined : describeDevice(device);
}

function describeDevice({ name, vendorId, productId, driver, title }: Device): string {
  const ids = vendorId === null ? undefined : `${vendorId}:${productId ?? '????'}`;
  return [driver, title, name, ids].filter(Boolean).join(' ');
}

function summaryRows(summary: Summary | undefined): Row[] {
  if (summary === undefined) return [];
  const memory = summary.memoryBytes === null ? null : formatBytes(summary.memoryBytes);
  const rows = [
    row('system', summary.operatingSystem),
    row('memory', memory, ...summary.memoryModules),
    ...summary.disks.map(text => row('disk', text)),
    ...summary.graphics.map(text => row('display', text)),
  ];
  return rows.filter(found => found !== undefined);
}

function failureLines(summary: Summary | undefined): string[] {
  return (summary?.failures ?? []).map(text => `  ${printableLine(text)}\n`);
}

function chainLines({ subject, neededToBoot, links }: BootChain): string {
  const mark = neededToBoot ? colours.bold(printableLine(subject)) : printableLine(subject);
  return `  ${mark}\n${links.map(linkLine).join('')}`;
}

function linkLine({ what, modules }: ChainLink): string {
  const needs = modules.map(moduleText).join(', ');
  return `    ${printableLine(what)}${needs === '' ? '' : ` ${colours.dim('·')} ${needs}`}\n`;
}

function moduleText({ name, because, inKernel }: ChainModule): string {
  const text = printableLine(`${name} (${because}${inKernel === null ? '' : `, ${inKernel}`})`);
  return inKernel === 'missing' ? colours.red(text) : text;
}

function spaceTable(space: readonly SpaceRow[]): string {
  const rows = space.map(({ mountPoint, totalBytes, usedBytes, freeBytes }) => [
    `  ${printableLine(mountPoint)}`,
    ...[totalBytes, usedBytes, freeBytes].map(formatBytes),
  ]);
  return formatTable(['  where', 'size', 'used', 'free'], rows);
}
