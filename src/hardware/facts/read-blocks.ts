import { byBytes } from '../../host/folder.ts';
import { type FileTree, line } from '../sources/file-tree.ts';
import { blockKind } from './block-kind.ts';
import type { BlockDevice, BlockKind, MappingFacts, RaidFacts } from './facts.ts';
import { parseAssignments } from './parse-assignments.ts';
import type { ClassDevice } from './read-class-devices.ts';
import { nvmeControllerOf } from './read-nvme-paths.ts';
import { contentOf, type Probe, partitionOf, readProbe } from './read-probe.ts';
import { lastName, nearestAbove, parentOf } from './system-path.ts';

/** The kernel counts sizes in these, whatever the sectors of a disk are. */
const sectorBytes = 512;

/**
 * The block devices of the machine and what lies on what, by kernel name. Left out: RAM disks; what
 * the kernel keeps ready and nobody has set up (loop devices without a file, zram and network block
 * devices without a size); the hidden halves of NVMe disks with several paths.
 *
 * @param devices paths of all devices
 */
export function readBlocks(
  tree: FileTree,
  listed: readonly ClassDevice[],
  devices: ReadonlySet<string>,
): readonly BlockDevice[] {
  const disks = new Map<string, BlockDevice>();
  // In byte order a disk's name comes before those of its partitions.
  for (const entry of listed) {
    const block = readBlock(tree, entry, devices, disks);
    if (block !== undefined) disks.set(entry.name, block);
  }
  const blocks = [...disks.values()].map(block => ({
    ...block,
    liesOn: block.liesOn.filter(name => disks.has(name)),
  }));
  return blocks
    .map(block => withRaidUuid(block, blocks))
    .toSorted((left, right) => byBytes(left.name, right.name));
}

function readBlock(
  tree: FileTree,
  { name, path }: ClassDevice,
  devices: ReadonlySet<string>,
  disks: ReadonlyMap<string, BlockDevice>,
): BlockDevice | undefined {
  const folder = `/sys${path}`;
  const said = parseAssignments(tree.text(`${folder}/uevent`) ?? '');
  const number = numberOf(said) ?? line(tree, `${folder}/dev`);
  // Without a number it has vanished since it was listed.
  if (number === undefined) return undefined;
  const backingFile = isLoop(name) ? readPathText(tree, `${folder}/loop/backing_file`) : null;
  const sectors = line(tree, `${folder}/size`);
  if (isKeptReady({ name, backingFile, sectors })) return undefined;
  const isMapping = name.startsWith('dm-');
  const probe = readProbe(tree, name, number);
  const mappingUuid = isMapping
    ? (line(tree, `${folder}/dm/uuid`) ?? probe.properties.get('DM_UUID'))
    : undefined;
  const kind = blockKind({ name, path, type: said.get('DEVTYPE'), mappingUuid });
  const isPartition = kind === 'partition';
  if (!isPartition && line(tree, `${folder}/hidden`) === '1') return undefined;
  const above = isPartition && !isMapping ? lastName(parentOf(path)) : undefined;
  const device = isOfHardware(kind) ? deviceOf(tree, path, devices) : null;
  return {
    name,
    number,
    kind,
    sizeBytes: toNumber(sectors) * sectorBytes,
    isRemovable:
      above === undefined
        ? line(tree, `${folder}/removable`) === '1' || isCard(tree, name, device)
        : disks.get(above)?.isRemovable === true,
    isReadOnly: line(tree, `${folder}/ro`) === '1',
    device,
    liesOn: above === undefined ? tree.names(`${folder}/slaves`).toSorted(byBytes) : [above],
    partition: isPartition ? partitionOf(probe, partitionNumber(said, mappingUuid)) : null,
    content: contentOf(probe),
    mapping: isMapping ? readMapping(tree, folder, probe, mappingUuid) : null,
    raid: kind === 'mdraid' ? readRaid(tree, folder, probe) : null,
    backingFile,
    links: probe.links,
  };
}

/** An SD card comes out of its reader; an MMC is soldered in, and of both the kernel says `0`. */
function isCard(tree: FileTree, name: string, device: string | null): boolean {
  if (device === null || !name.startsWith('mmcblk')) return false;
  return parseAssignments(tree.text(`/sys${device}/uevent`) ?? '').get('MMC_TYPE') === 'SD';
}

function isLoop(name: string): boolean {
  return /^loop\d+$/.test(name);
}

/** Whether a driver has made it beforehand, and nobody has put anything there. */
function isKeptReady(signs: {
  readonly name: string;
  readonly backingFile: string | null;
  readonly sectors: string | undefined;
}): boolean {
  const { name, backingFile, sectors } = signs;
  if (isLoop(name)) return backingFile === null;
  return /^ram\d/.test(name) || (/^(zram|nbd)\d/.test(name) && sectors === '0');
}

function isOfHardware(kind: BlockKind): boolean {
  return kind === 'disk' || kind === 'optical';
}

function deviceOf(tree: FileTree, path: string, devices: ReadonlySet<string>): string | null {
  return nvmeControllerOf(tree, path, devices) ?? nearestAbove(path, devices);
}

function numberOf(said: ReadonlyMap<string, string>): string | undefined {
  const [major, minor] = [said.get('MAJOR'), said.get('MINOR')];
  return major === undefined || minor === undefined ? undefined : `${major}:${minor}`;
}

/** `PARTN=2`, or what kpartx has written into the uuid of its mapping: `part2-mpath-…`. */
function partitionNumber(
  said: ReadonlyMap<string, string>,
  mappingUuid: string | undefined,
): number {
  return toNumber(said.get('PARTN') ?? /^part(\d+)-/.exec(mappingUuid ?? '')?.[1]);
}

/** Null where nobody says its name: the kernel's own (`dm-0`) is another one at the next boot. */
function readMapping(
  tree: FileTree,
  folder: string,
  { properties }: Probe,
  uuid: string | undefined,
): MappingFacts | null {
  const name = line(tree, `${folder}/dm/name`) ?? properties.get('DM_NAME');
  return name === undefined || name === '' ? null : { name, uuid: uuid ?? null };
}

function readRaid(tree: FileTree, folder: string, { properties }: Probe): RaidFacts {
  return {
    level: line(tree, `${folder}/md/level`) ?? properties.get('MD_LEVEL') ?? null,
    uuid: raidUuid(properties.get('MD_UUID') ?? line(tree, `${folder}/md/uuid`)),
  };
}

/**
 * Of one spelling, which is that of `ID_FS_UUID` of the members: mdadm separates by colons, four
 * times eight digits.
 */
function raidUuid(text: string | undefined): string | null {
  const digits = (text ?? '').toLowerCase().replaceAll(/[:-]/g, '');
  const match = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(digits);
  return match === null ? null : match.slice(1).join('-');
}

/** Where neither udev nor the kernel say an array's uuid, its members do. */
function withRaidUuid(block: BlockDevice, blocks: readonly BlockDevice[]): BlockDevice {
  if (block.raid === null || block.raid.uuid !== null) return block;
  const member = blocks.find(
    ({ name, content }) => block.liesOn.includes(name) && content?.type === 'linux_raid_member',
  );
  return { ...block, raid: { ...block.raid, uuid: member?.content?.uuid ?? null } };
}

/** A path may begin and end with blanks; the kernel adds one line break. */
function readPathText(tree: FileTree, path: string): string | null {
  const text = tree.text(path)?.replace(/\n$/, '');
  return text === undefined || text === '' ? null : text;
}

/** 0 for what is no number that counts things. */
function toNumber(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
