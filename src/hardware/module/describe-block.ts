import { byBytes } from '../../host/folder.ts';
import { hidden } from '../../printable.ts';
import type { BlockDevice } from '../facts/facts.ts';
import type { Machine } from './machine.ts';

/** A probed text within a sentence: in quotes, on one line, nothing in it unseen. */
export function quoted(text: string): string {
  return `"${plainText(text)}"`;
}

const everyHidden = new RegExp(hidden.source, 'gu');

/** The same without quotes, for names and paths. */
export function plainText(text: string): string {
  return text.replace(
    everyHidden,
    character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/**
 * What block devices are, down to the hardware, by what stays from boot to boot:
 * `volume vg-root on LUKS crypt on partition 2 of nvme 0000:01:00.0`.
 */
export function describeBlocks(devices: readonly BlockDevice[], machine: Machine): string {
  const text = [...new Set(devices.map(device => describeBlock(device, machine, new Set())))]
    .toSorted(byBytes)
    .join(' and ');
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
}

/** What lies deeper, or beside so many others, is told by the rest; odd facts have no end. */
const [mostLayers, mostCharacters] = [6, 240] as const;

/** @param above devices that are being described, so that a loop in odd facts comes to an end */
function describeBlock(
  device: BlockDevice,
  machine: Machine,
  above: ReadonlySet<BlockDevice>,
): string {
  const lower = partsOf(device, machine).filter(each => !above.has(each));
  const itself = describeItself(device, machine);
  if (lower.length === 0 || above.size >= mostLayers) return itself;
  const seen = new Set([...above, device]);
  const below = [...new Set(lower.map(each => describeBlock(each, machine, seen)))]
    .toSorted(byBytes)
    .join(' and ');
  return `${itself} ${device.kind === 'partition' ? 'of' : 'on'} ${below}`;
}

/** Of what a volume is put together inside of LVM, mirrors and pools, is nobody's concern. */
function partsOf(device: BlockDevice, machine: Machine): readonly BlockDevice[] {
  const lower = machine.blocks.named(device.liesOn);
  if (device.kind !== 'lvm') return lower;
  const isInner = ({ kind }: BlockDevice): boolean => kind === 'lvm';
  const inside = new Set(lower.filter(isInner));
  // What is added while the set is walked is walked too.
  for (const volume of inside) {
    for (const each of machine.blocks.named(volume.liesOn).filter(isInner)) inside.add(each);
  }
  const parts = [...lower, ...[...inside].flatMap(({ liesOn }) => machine.blocks.named(liesOn))];
  return [...new Set(parts)].filter(part => !isInner(part));
}

function describeItself(device: BlockDevice, machine: Machine): string {
  const name = device.mapping === null ? '' : ` ${plainText(device.mapping.name)}`;
  switch (device.kind) {
    case 'disk':
    case 'optical':
      return describeDisk(device, machine);
    case 'partition':
      return device.partition === null ? 'a partition' : `partition ${device.partition.number}`;
    case 'loop':
      return device.backingFile === null ? 'a file' : `file ${plainText(device.backingFile)}`;
    case 'zram':
      return 'compressed memory';
    case 'luks':
      return `LUKS${name}`;
    case 'plain-crypt':
      return `plain dm-crypt${name}`;
    case 'lvm':
      return `volume${name}`;
    case 'multipath':
      return `multipath${name}`;
    case 'other-mapping':
      return `mapping${name}`;
    case 'mdraid':
      return plainText(device.raid?.level ?? 'a RAID');
    case 'bcache':
      return 'bcache';
  }
}

/** Buses on which a device has the same name at each boot. */
const lasting: ReadonlySet<string> = new Set([
  'pci',
  'platform',
  'amba',
  'vmbus',
  'xen',
  'vio',
  'ccw',
]);

/**
 * The next device upwards whose name stays, with its driver: `ahci 0000:00:1f.2`; undefined where
 * there is none.
 */
export function describePlace(path: string | null, machine: Machine): string | undefined {
  const at = machine.chainOf(path).find(({ bus }) => bus !== null && lasting.has(bus));
  if (at === undefined) return undefined;
  // Some platform devices are counted behind a point: `xhci-hcd.0.auto`.
  const name = at.bus === 'platform' ? at.name.replace(/\.\d+(\.auto)?$/, '') : at.name;
  return plainText(`${at.driver ?? at.bus ?? ''} ${name}`);
}

function describeDisk(disk: BlockDevice, machine: Machine): string {
  const place = describePlace(disk.device, machine);
  if (place?.startsWith('nvme ') === true) return place;
  const buses = new Set(machine.chainOf(disk.device).map(({ bus }) => bus));
  const kind =
    disk.kind === 'optical'
      ? 'optical disc'
      : buses.has('usb')
        ? 'USB disk'
        : buses.has('mmc')
          ? 'memory card'
          : 'disk';
  return place === undefined ? kind : `${kind} at ${place}`;
}
