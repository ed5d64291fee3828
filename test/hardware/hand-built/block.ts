import { type Content, encoded, nothing } from './disk-content.ts';
import { byPath, type Part, type Place } from './machine-builder.ts';

export const mib = 2 ** 20;
export const gib = 2 ** 30;

/** Types of partitions (Discoverable Partitions Specification, UEFI 5.3.3). */
export const partitionType = {
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  linux: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  swap: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f',
  lvm: 'e6d6d379-f507-44c2-a23c-238f2a3df928',
  raid: 'a19d880f-05fc-4d3b-a006-743f0f84911e',
  luks: 'ca7d7ccb-63ed-4c53-861c-1742536059cc',
  microsoftData: 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7',
  zfs: '6a898cc3-1dd2-11b2-99a6-080020736631',
} as const;

export interface PartitionTable {
  readonly kind: 'gpt' | 'dos';
  readonly uuid: string;
  readonly partitions: readonly Partition[];
}

export interface Partition {
  readonly number: number;
  readonly sizeBytes: number;
  readonly type: string;
  readonly uuid: string;
  readonly name?: string | undefined;
  readonly content: Content;
  /** `259:2`; otherwise the disk's own with the partition's number added. */
  readonly device?: string | undefined;
}

export function gpt(uuid: string, ...partitions: readonly Partition[]): PartitionTable {
  return { kind: 'gpt', uuid, partitions };
}

/** A DOS table; its number has eight digits, its partitions' numbers are made of it. */
export function dos(
  uuid: string,
  ...partitions: readonly Omit<Partition, 'uuid'>[]
): PartitionTable {
  return {
    kind: 'dos',
    uuid,
    partitions: partitions.map(partition => ({
      ...partition,
      uuid: `${uuid}-${String(partition.number).padStart(2, '0')}`,
    })),
  };
}

export interface DiskDescription {
  readonly name: string;
  /** `8:0` */
  readonly number: string;
  readonly sizeBytes: number;
  /** A partition table, or what lies on the whole disk. */
  readonly holds?: PartitionTable | Content;
  readonly isRemovable?: boolean;
  readonly isReadOnly?: boolean;
  readonly isHidden?: boolean;
  readonly isRotational?: boolean;
  readonly properties?: Readonly<Record<string, string>>;
  readonly links?: readonly string[];
  readonly liesOn?: readonly string[];
  /** Further attribute files: `dm/name`. */
  readonly files?: Readonly<Record<string, string>>;
  /** The device that `device` leads to, below /sys; undefined for what has none. */
  readonly device?: string | undefined;
  readonly content?: Content;
}

/** A block device at the path of `at` itself. */
export function blockDevice(at: Place, disk: DiskDescription): void {
  const { machine } = at;
  const holds = disk.holds ?? nothing;
  const table = 'partitions' in holds ? holds : undefined;
  const tableProperties: Readonly<Record<string, string>> =
    table === undefined ? {} : { ID_PART_TABLE_TYPE: table.kind, ID_PART_TABLE_UUID: table.uuid };
  const content: Content =
    'partitions' in holds ? { properties: tableProperties, links: [] } : holds;
  machine.entries.device(at.path, {
    subsystem: 'class/block',
    uevent: [...numberLines(disk.number), `DEVNAME=${disk.name}`, 'DEVTYPE=disk'],
    files: {
      dev: disk.number,
      size: String(disk.sizeBytes / 512),
      removable: disk.isRemovable === true ? '1' : '0',
      ro: disk.isReadOnly === true ? '1' : '0',
      hidden: disk.isHidden === true ? '1' : '0',
      'queue/rotational': disk.isRotational === true ? '1' : '0',
      ...disk.files,
    },
  });
  if (disk.device !== undefined) {
    machine.entries.link(`sys/${at.path}/device`, `sys/${disk.device}`);
  }
  const own = {
    ...disk.properties,
    ...(at.idPath === '' ? {} : { ID_PATH: at.idPath }),
  };
  machine.addBlock(disk.name, {
    path: at.path,
    number: disk.number,
    liesOn: disk.liesOn ?? [],
    content,
    notes: { links: [...byPath(at.idPath), ...(disk.links ?? [])], properties: own },
  });
  let start = 2048;
  for (const partition of table?.partitions ?? []) {
    addPartition(at, disk, table?.kind ?? 'gpt', partition, start, { ...own, ...tableProperties });
    start += partition.sizeBytes / 512;
  }
}

function addPartition(
  at: Place,
  disk: DiskDescription,
  scheme: 'gpt' | 'dos',
  partition: Partition,
  start: number,
  inherited: Readonly<Record<string, string>>,
): void {
  const name = /\d$/.test(disk.name)
    ? `${disk.name}p${partition.number}`
    : `${disk.name}${partition.number}`;
  const [major = '', minor = ''] = disk.number.split(':');
  const number = partition.device ?? `${major}:${Number(minor) + partition.number}`;
  const label = partition.name;
  const path = `${at.path}/${name}`;
  at.machine.entries.device(path, {
    subsystem: 'class/block',
    uevent: [
      ...numberLines(number),
      `DEVNAME=${name}`,
      'DEVTYPE=partition',
      `PARTN=${partition.number}`,
      ...(label === undefined ? [] : [`PARTNAME=${label}`]),
    ],
    files: {
      dev: number,
      size: String(partition.sizeBytes / 512),
      ro: '0',
      partition: String(partition.number),
      start: String(start),
    },
  });
  const entry: Readonly<Record<string, string>> = {
    ID_PART_ENTRY_SCHEME: scheme,
    ...(label === undefined ? {} : { ID_PART_ENTRY_NAME: encoded(label) }),
    ID_PART_ENTRY_UUID: partition.uuid,
    ID_PART_ENTRY_TYPE: partition.type,
    ID_PART_ENTRY_NUMBER: String(partition.number),
    ID_PART_ENTRY_OFFSET: String(start),
    ID_PART_ENTRY_SIZE: String(partition.sizeBytes / 512),
    ID_PART_ENTRY_DISK: disk.number,
  };
  at.machine.addBlock(name, {
    path,
    number,
    liesOn: [],
    content: {
      links: partition.content.links,
      properties: { ...partition.content.properties, ...entry },
    },
    notes: {
      links: [
        ...byPath(at.idPath, partition.number),
        `disk/by-partuuid/${partition.uuid}`,
        ...(label === undefined ? [] : [`disk/by-partlabel/${encoded(label)}`]),
      ],
      properties: inherited,
    },
  });
}

function numberLines(number: string): readonly string[] {
  const [major, minor] = number.split(':');
  return [`MAJOR=${major}`, `MINOR=${minor}`];
}

interface VirtualDisk extends Omit<DiskDescription, 'device'> {
  readonly on: readonly string[];
}

function virtualDisk(disk: VirtualDisk): Part {
  return at => {
    const path = `devices/virtual/block/${disk.name}`;
    blockDevice({ machine: at.machine, path, idPath: '' }, { ...disk, liesOn: disk.on });
  };
}

interface MappingDescription {
  readonly sizeBytes: number;
  readonly content?: Content;
  readonly properties?: Readonly<Record<string, string>>;
  readonly links?: readonly string[];
}

/**
 * A mapping of device-mapper: `mapping('dm-0', '254:0', 'root', 'CRYPT-LUKS2-…-root', ['sda2'], …)`.
 */
export function mapping(
  name: string,
  number: string,
  mappingName: string,
  uuid: string,
  on: readonly string[],
  more: MappingDescription,
): Part {
  return virtualDisk({
    name,
    number,
    sizeBytes: more.sizeBytes,
    holds: more.content ?? nothing,
    on,
    links: [`mapper/${encoded(mappingName)}`, ...(more.links ?? [])],
    files: { 'dm/name': mappingName, 'dm/uuid': uuid },
    properties: {
      DM_NAME: mappingName,
      ...(uuid === '' ? {} : { DM_UUID: uuid }),
      DM_UDEV_PRIMARY_SOURCE_FLAG: '1',
      ...more.properties,
    },
  });
}

/** A LUKS device that is open. */
export function opened(
  name: string,
  number: string,
  mappingName: string,
  uuid: string,
  on: string,
  sizeBytes: number,
  content: Content,
  version: 1 | 2 = 2,
): Part {
  const plain = uuid.replaceAll('-', '');
  return mapping(name, number, mappingName, `CRYPT-LUKS${version}-${plain}-${mappingName}`, [on], {
    sizeBytes,
    content,
  });
}

/** A logical volume; `uuids` are 32 signs each, of its group and its own. */
export function logicalVolume(
  name: string,
  number: string,
  group: string,
  volume: string,
  uuids: string,
  on: readonly string[],
  sizeBytes: number,
  content: Content,
): Part {
  const double = (text: string): string => text.replaceAll('-', '--');
  return mapping(name, number, `${double(group)}-${double(volume)}`, `LVM-${uuids}`, on, {
    sizeBytes,
    content,
    properties: { DM_VG_NAME: group, DM_LV_NAME: volume },
    links: [`${group}/${volume}`],
  });
}

/** A loop device over a file. */
export function loop(
  number: number,
  backingFile: string,
  sizeBytes: number,
  content: Content,
): Part {
  return virtualDisk({
    name: `loop${number}`,
    number: `7:${number}`,
    sizeBytes,
    isReadOnly: true,
    holds: content,
    on: [],
    files: { 'loop/backing_file': backingFile },
  });
}

/** Compressed memory as a disk, of which udev says nothing. */
export function zram(number: number, device: string, sizeBytes: number): Part {
  return virtualDisk({ name: `zram${number}`, number: device, sizeBytes, on: [] });
}

/** An array of md; `uuid` with dashes, as its attribute has it. */
export function array(
  name: string,
  number: string,
  level: string,
  uuid: string,
  on: readonly string[],
  sizeBytes: number,
  content: Content,
): Part {
  return virtualDisk({
    name,
    number,
    sizeBytes,
    holds: content,
    on,
    files: {
      'md/level': level,
      'md/uuid': uuid,
      'md/metadata_version': '1.2',
      'md/array_state': 'clean',
      'md/raid_disks': String(on.length),
    },
    properties: {
      MD_LEVEL: level,
      MD_DEVICES: String(on.length),
      MD_METADATA: '1.2',
      MD_UUID: (uuid.replaceAll('-', '').match(/.{8}/g) ?? []).join(':'),
    },
  });
}

/** Words for a partition: `part(1, 512 * mib, partitionType.esp, UUID, content, 'EFI')`. */
export function part(
  number: number,
  sizeBytes: number,
  type: string,
  uuid: string,
  content: Content,
  name?: string,
): Partition {
  return { number, sizeBytes, type, uuid, content, name };
}

/** A part of a DOS table. */
export function dosPart(
  number: number,
  sizeBytes: number,
  type: string,
  content: Content,
): Omit<Partition, 'uuid'> {
  return { number, sizeBytes, type, content };
}
