import { JsonFields } from '../../json-fields.ts';
import { countOf, ifSaid, objectsIn, textOf, textsOf } from './facter-fields.ts';
import { firmwareFile, platformFile, virtualisationFile } from './genctl-files.ts';
import type { SysfsSketch } from './sysfs-sketch.ts';

/** The kernel's own limit on x86 (NR_CPUS). */
const maxProcessors = 8192;

/** What /sys/class/dmi/id calls the fields of a report's `smbios`. */
const dmiFiles = [
  ['sys_vendor', 'system', 'manufacturer'],
  ['product_name', 'system', 'product'],
  ['product_version', 'system', 'version'],
  ['product_family', 'system', 'family'],
  ['product_sku', 'system', 'sku'],
  ['board_vendor', 'board', 'manufacturer'],
  ['board_name', 'board', 'product'],
  ['board_version', 'board', 'version'],
  ['chassis_vendor', 'chassis', 'manufacturer'],
  ['bios_vendor', 'bios', 'vendor'],
  ['bios_version', 'bios', 'version'],
  ['bios_date', 'bios', 'date'],
] as const;

/**
 * Puts down what a report says of the machine as a whole.
 *
 * @returns what it does not say and others may: clauses for `silentOn`
 */
export function addMachine(sketch: SysfsSketch, report: JsonFields): string[] {
  for (const [file, key] of [
    [platformFile, 'system'],
    [virtualisationFile, 'virtualisation'],
  ] as const) {
    const text = textOf(report, key);
    if (text !== undefined && text !== '') sketch.put(file, `${text}\n`);
  }
  const smbios = ifSaid(() => report.optionalObject('smbios'));
  addDmi(sketch, smbios);
  addProcessors(sketch, report, smbios);
  addSwaps(sketch, report);
  return addFirmware(sketch, report) ? [] : ['whether UEFI has started it'];
}

function addDmi(sketch: SysfsSketch, smbios: JsonFields | undefined): void {
  for (const [file, part, field] of dmiFiles) {
    const text = textOf(first(smbios, part), field);
    if (text !== undefined) sketch.put(`/sys/class/dmi/id/${file}`, `${text}\n`);
  }
  const chassis = first(smbios, 'chassis');
  const type = countOf(
    ifSaid(() => chassis?.optionalObject('chassis_type')),
    'value',
  );
  if (type !== undefined) sketch.put('/sys/class/dmi/id/chassis_type', `${type}\n`);
}

/** One entry of a report stands for all threads of one processor in its socket. */
function addProcessors(
  sketch: SysfsSketch,
  report: JsonFields,
  smbios: JsonFields | undefined,
): void {
  const hardware = ifSaid(() => report.optionalObject('hardware'));
  const name = textOf(first(smbios, 'processor'), 'version');
  const paragraphs: string[] = [];
  for (const cpu of partsOf(hardware, 'cpu')) {
    const threads = Math.max(1, countOf(cpu, 'siblings') ?? 1);
    for (let thread = 0; thread < threads && paragraphs.length < maxProcessors; thread++) {
      // All say the same; what the first one says is what anybody looks at.
      const lines = paragraphs.length === 0 ? processor(cpu, name) : [];
      paragraphs.push([`processor\t: ${paragraphs.length}`, ...lines, '', ''].join('\n'));
    }
  }
  if (paragraphs.length > 0) sketch.put('/proc/cpuinfo', paragraphs.join(''));
}

function processor(cpu: JsonFields, name: string | undefined): string[] {
  const lines: string[] = [];
  const vendor = textOf(cpu, 'vendor_name');
  const model = textOf(cpu, 'model_name') ?? name;
  const isX86 = /^(?:x86_64|i[3-6]86|intel)$/.test(textOf(cpu, 'architecture') ?? '');
  if (isX86 && vendor !== undefined) {
    lines.push(`vendor_id\t: ${vendor}`);
    lines.push(`cpu family\t: ${countOf(cpu, 'family') ?? 0}`);
    lines.push(`model\t\t: ${countOf(cpu, 'model') ?? 0}`);
  }
  if (model !== undefined) lines.push(`model name\t: ${model}`);
  const features = textsOf(cpu, 'features').filter(feature => /^\w+$/.test(feature));
  lines.push(`${isX86 ? 'flags' : 'Features'}\t\t: ${features.join(' ')}`);
  return lines;
}

/** @returns whether the report says how the machine was started; the first versions did not */
function addFirmware(sketch: SysfsSketch, report: JsonFields): boolean {
  const uefi = ifSaid(() => report.optionalObject('uefi'));
  const isSupported = ifSaid(() => uefi?.boolean('supported'));
  if (isSupported === undefined) {
    sketch.put(firmwareFile, 'unknown\n');
    return false;
  }
  if (isSupported) {
    sketch.putFolder('/sys/firmware/efi');
    const bits =
      ifSaid(() => uefi?.optionalNumber('platform_size')) ?? textOf(uefi, 'platform_size');
    if (bits !== undefined) sketch.put('/sys/firmware/efi/fw_platform_size', `${bits}\n`);
  }
  return true;
}

/** Reports have it only where they were asked for it. */
function addSwaps(sketch: SysfsSketch, report: JsonFields): void {
  if (!report.has('swap')) return;
  const lines = partsOf(report, 'swap').flatMap(swap => {
    const path = ifSaid(() => swap.text('path'));
    if (path === undefined) return [];
    const type = textOf(swap, 'type') === 'file' ? 'file' : 'partition';
    const priority = ifSaid(() => swap.optionalNumber('priority')) ?? 0;
    const sizes = `${countOf(swap, 'size') ?? 0}\t${countOf(swap, 'used') ?? 0}`;
    return [`${escapeOctal(path)}\t${type}\t${sizes}\t${Math.trunc(priority)}\n`];
  });
  sketch.put('/proc/swaps', `Filename\tType\tSize\tUsed\tPriority\n${lines.join('')}`);
}

/** As the kernel writes paths (seq_path). */
function escapeOctal(path: string): string {
  return path.replaceAll(
    /[\s\\\0]/g,
    character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0').slice(-3)}`,
  );
}

/** The first of a part of a report, which may be one object or a list. */
function first(fields: JsonFields | undefined, key: string): JsonFields | undefined {
  return partsOf(fields, key)[0];
}

function partsOf(fields: JsonFields | undefined, key: string): JsonFields[] {
  return fields?.has(key) === true ? objectsIn(fields.all[key]) : [];
}
