import { cpuInfo, readCpuAlias } from './cpu-modalias.ts';
import { firmwareFile, platformFile } from './genctl-files.ts';
import type { HardwareSource } from './hardware-source.ts';
import { type InputDevice, inputTable } from './input-table.ts';
import { MemoryTree } from './memory-tree.ts';
import { silenceOfMissingTables } from './missing-tables.ts';
import { parseUdevExport, type UdevExportRecord } from './parse-udev-export.ts';
import { deviceNumber, isPlainPath, isSysfsName, SysfsSketch } from './sysfs-sketch.ts';
import { isUeventVariable } from './uevent-variables.ts';

const neverTold = [
  'how large disks are',
  'the names of the machine and of its makers',
  'what mappings and arrays lie on',
  'which kernel runs, and with what parameters',
  'which modules the drivers are in',
];

/** Devices that the kernel makes where UEFI has started it, and only there. */
const madeOfUefi = /^\/devices\/platform\/(?:efi-framebuffer|efivars|rtc-efi)\.0$/;

/**
 * What `udevadm info --export-db` prints of a machine, or umockdev-record(1) of some of its
 * devices. Any text is taken: lines that say nothing are passed over.
 */
export function udevExportSource(bytes: Uint8Array, name: string): HardwareSource {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const records = parseUdevExport(text);
  const paths = new Set(records.map(({ path }) => path));
  const sketch = new SysfsSketch();
  for (const record of records) addRecord(sketch, record, paths);
  addProcessors(sketch, records);
  const inputs = records.flatMap(record => inputDevice(record) ?? []);
  if (inputs.length > 0) sketch.put('/proc/bus/input/devices', inputTable(inputs));
  const isUefi = records.some(({ path }) => madeOfUefi.test(path));
  if (isUefi) sketch.putFolder('/sys/firmware/efi');
  else sketch.put(firmwareFile, 'unknown\n');
  const tree = MemoryTree.withEndsOfLinks(sketch.entries);
  return {
    kind: 'udev-export',
    name,
    tree,
    silentOn: [
      ...silenceOfMissingTables(tree),
      ...(isUefi ? [] : ['whether UEFI has started it']),
      ...neverTold,
    ],
  };
}

function addRecord(
  sketch: SysfsSketch,
  record: UdevExportRecord,
  paths: ReadonlySet<string>,
): void {
  const { path, properties } = record;
  const subsystem = properties.get('SUBSYSTEM') ?? null;
  const uevent = new Map([...properties].filter(([key]) => isUeventVariable(key)));
  const node = uevent.get('DEVNAME');
  // The kernel's own has no `/dev/`.
  if (node !== undefined) uevent.set('DEVNAME', node.replace(/^\/dev\//, ''));
  sketch.addDevice({ path, subsystem, uevent });
  addClassFiles(sketch, record, paths);
  for (const [attribute, value] of record.attributes) {
    // umockdev-record(1) writes a line break as `\n`, and a backslash as `\\`.
    const text = value.replace(/\\(.)/g, (_, next: string) => (next === 'n' ? '\n' : next));
    if (isPlainPath(`/${attribute}`)) sketch.put(`/sys${path}/${attribute}`, text);
  }
  for (const [attribute, target] of record.linkAttributes) {
    if (isPlainPath(`/${attribute}`)) sketch.putLink(`/sys${path}/${attribute}`, target);
  }
  const key = recordKey(record, subsystem, uevent);
  if (key !== undefined) sketch.put(`/run/udev/data/${key}`, recordText(record));
}

/** What the kernel shows in files besides `uevent`, of devices that are used and not driven. */
function addClassFiles(
  sketch: SysfsSketch,
  { path, properties }: UdevExportRecord,
  paths: ReadonlySet<string>,
): void {
  const folder = `/sys${path}`;
  const product = properties.get('ID_MODEL_ENC');
  switch (properties.get('SUBSYSTEM')) {
    case 'block':
      putAll(sketch, folder, [
        ['dm/name', properties.get('DM_NAME')],
        ['dm/uuid', properties.get('DM_UUID')],
        ['md/level', properties.get('MD_LEVEL')],
      ]);
      break;
    case 'net':
      if (isNetCard(properties)) sketch.put(`${folder}/type`, '1\n');
      if (properties.get('DEVTYPE') === 'wlan') sketch.putFolder(`${folder}/wireless`);
      break;
    case 'usb':
      if (product !== undefined) sketch.put(`${folder}/product`, `${decodeBlanks(product)}\n`);
      return;
    case 'input':
      putAll(sketch, folder, [['name', inputName(properties)]]);
      break;
    case 'drm':
    case 'mmc_host':
    case 'nvme':
    case 'tpm':
      break;
    default:
      return;
  }
  if (properties.get('DEVTYPE') === 'partition') return;
  const parent = nearestRecorded(path, paths);
  if (parent !== undefined) sketch.putLink(`${folder}/device`, `/sys${parent}`);
}

function putAll(
  sketch: SysfsSketch,
  folder: string,
  files: readonly (readonly [string, string | undefined])[],
): void {
  for (const [file, text] of files) {
    if (text !== undefined) sketch.put(`${folder}/${file}`, `${text}\n`);
  }
}

/** Ethernet (1, ARPHRD_ETHER), which wireless cards say they are too: by udev's names for them. */
function isNetCard(properties: ReadonlyMap<string, string>): boolean {
  return [...properties].some(
    ([key, value]) => key.startsWith('ID_NET_NAME') && /^(?:en|wl)/.test(value),
  );
}

/** `\x20` */
function decodeBlanks(text: string): string {
  return text.replaceAll('\\x20', ' ').trim();
}

function nearestRecorded(path: string, paths: ReadonlySet<string>): string | undefined {
  let above = path;
  while (above.length > '/devices/'.length) {
    above = above.slice(0, above.lastIndexOf('/'));
    if (paths.has(above)) return above;
  }
  return undefined;
}

/** The name of a record in udev's database; sd-device(3), sd_device_get_device_id. */
function recordKey(
  { path, properties }: UdevExportRecord,
  subsystem: string | null,
  uevent: ReadonlyMap<string, string>,
): string | undefined {
  const number = deviceNumber(uevent);
  if (number !== undefined) return `${subsystem === 'block' ? 'b' : 'c'}${number}`;
  const index = properties.get('IFINDEX');
  if (index !== undefined && /^[0-9]{1,10}$/.test(index)) return `n${index}`;
  if (subsystem === null || !isSysfsName(subsystem)) return undefined;
  return `+${subsystem}:${path.slice(path.lastIndexOf('/') + 1)}`;
}

function recordText({ links, properties }: UdevExportRecord): string {
  return [
    ...links.map(link => `S:${link}\n`),
    ...[...properties].map(([key, value]) => `E:${key}=${value}\n`),
  ].join('');
}

function inputDevice({ path, properties }: UdevExportRecord): InputDevice | undefined {
  if (properties.get('SUBSYSTEM') !== 'input' || !/\/input[0-9]+$/.test(path)) return undefined;
  return {
    path,
    name: inputName(properties) ?? '',
    keys: properties.get('KEY'),
  };
}

/** The kernel writes it in quotes. */
function inputName(properties: ReadonlyMap<string, string>): string | undefined {
  return properties.get('NAME')?.replace(/^"(.*)"$/, '$1');
}

function addProcessors(sketch: SysfsSketch, records: readonly UdevExportRecord[]): void {
  const processors = records.filter(({ path }) => /^\/devices\/system\/cpu\/cpu[0-9]+$/.test(path));
  const alias = readCpuAlias(processors[0]?.properties.get('MODALIAS') ?? '');
  if (alias === undefined) return;
  sketch.put('/proc/cpuinfo', cpuInfo(alias.lines, processors.length));
  sketch.put(platformFile, `${alias.platform}\n`);
}
