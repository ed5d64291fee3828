import type { BlockDevice } from '../../../hardware/facts/facts.ts';
import { bootPartitionHint, type Obstacle } from './obstacle.ts';
import type { PlaceFacts } from './place-facts.ts';

/** What GRUB has to load and to open before it sees a device, and what keeps it from that. */
export interface DeviceChain {
  /** In the order of loading; without the file system's own. */
  modules: string[];
  /** UUIDs of LUKS headers without dashes, those to be opened first in front. */
  cryptodisks: string[];
  obstacles: Obstacle[];
  /** Why GRUB cannot write there, a clause that follows `it is on`; one for each layer. */
  unwritable: string[];
}

/** What LVM builds volumes of that GRUB does not know. */
const unknownLayers: readonly (readonly [keyof LayerSigns, RegExp, string])[] = [
  // An end of the mapping's uuid, behind those of group and volume; a name may end in anything.
  ['uuid', /-tpool$/, 'a thin volume'],
  ['uuid', /-vpool$/, 'a volume of VDO'],
  ['uuid', /-cow$/, 'a snapshot'],
  // Of a volume's name these words are kept for LVM itself.
  ['name', /_w?corig$/, 'a cached volume, of which GRUB would see what the cache has written back'],
  ['name', /_iorig$/, 'a volume with integrity'],
];

interface LayerSigns {
  uuid: string;
  name: string;
}

/** The levels that GRUB's mdraid modules put together, and what computes a missing member of them. */
const raidLevels: Readonly<Record<string, readonly string[]>> = {
  raid0: [],
  raid1: [],
  raid4: ['raid5rec'],
  raid5: ['raid5rec'],
  raid6: ['raid6rec'],
  raid10: [],
};

/**
 * Follows block devices down to the disks.
 *
 * @param names kernel names of what holds a file system
 */
export function followDevices(
  names: readonly string[],
  facts: Pick<PlaceFacts, 'blocks' | 'raidMetadata' | 'unopenable'>,
  enableCryptodisk: boolean,
): DeviceChain {
  const chain: DeviceChain = { modules: [], cryptodisks: [], obstacles: [], unwritable: [] };
  const byName = new Map(facts.blocks.map(block => [block.name, block]));
  const seen = new Set<string>();
  const follow = (name: string): void => {
    const block = byName.get(name);
    if (block === undefined || seen.has(name)) return;
    seen.add(name);
    if (isDiskOfFirmware(block, facts)) return;
    for (const lower of block.liesOn) follow(lower);
    addLayer(block, byName, facts, enableCryptodisk, chain);
  };
  for (const name of names) follow(name);
  return {
    modules: [...new Set(chain.modules)],
    cryptodisks: [...new Set(chain.cryptodisks)],
    obstacles: chain.obstacles,
    unwritable: [...new Set(chain.unwritable)],
  };
}

/**
 * Whether the firmware shows it to GRUB as one disk: a disk, one of several ways to one, an array
 * that the firmware has made by itself (IMSM, DDF, dmraid). A loop device is an image of a disk.
 */
function isDiskOfFirmware(
  { name, kind, mapping }: BlockDevice,
  { raidMetadata }: Pick<PlaceFacts, 'raidMetadata'>,
): boolean {
  switch (kind) {
    case 'disk':
    case 'optical':
    case 'loop':
    case 'multipath':
      return true;
    case 'mdraid':
      return /^[^0-9]/.test(raidMetadata.get(name) ?? '');
    case 'other-mapping':
      return mapping?.uuid?.startsWith('DMRAID-') === true;
    case 'partition':
    case 'zram':
    case 'luks':
    case 'plain-crypt':
    case 'lvm':
    case 'bcache':
      return false;
  }
}

function addLayer(
  block: BlockDevice,
  byName: ReadonlyMap<string, BlockDevice>,
  facts: Pick<PlaceFacts, 'raidMetadata' | 'unopenable'>,
  enableCryptodisk: boolean,
  chain: DeviceChain,
): void {
  switch (block.kind) {
    case 'partition':
      chain.modules.push(...partitionTableModules(block));
      return;
    case 'mdraid':
      addArray(block, facts.raidMetadata.get(block.name), chain);
      return;
    case 'lvm':
      addVolume(block, chain);
      return;
    case 'luks': {
      const header = byName.get(block.liesOn[0] ?? '');
      chain.obstacles.push(...luksObstacles(block, header, facts, enableCryptodisk));
      addLuks(block, header, chain);
      return;
    }
    case 'plain-crypt':
      chain.obstacles.push(unknownDevice('an encrypted device without a header'));
      return;
    case 'bcache':
      chain.obstacles.push(unknownDevice('bcache'));
      return;
    case 'zram':
      chain.obstacles.push(unknownDevice('compressed memory'));
      return;
    case 'other-mapping':
      chain.obstacles.push(unknownDevice(block.mapping?.name ?? block.name));
      return;
    case 'disk':
    case 'optical':
    case 'loop':
    case 'multipath':
      // The firmware's own; nothing has to be loaded.
      return;
  }
}

function unknownDevice(what: string): Obstacle {
  return { reason: `it is on ${what}, which GRUB does not know`, hint: bootPartitionHint };
}

/** Where nobody says which kind the table is, both usual ones. */
function partitionTableModules({ partition }: BlockDevice): readonly string[] {
  switch (partition?.table ?? null) {
    case 'gpt':
      return ['part_gpt'];
    case 'dos':
      return ['part_msdos'];
    case 'other':
      return ['part_apple', 'part_bsd', 'part_sun'];
    case null:
      return ['part_gpt', 'part_msdos'];
  }
}

function addArray({ raid }: BlockDevice, metadata: string | undefined, chain: DeviceChain): void {
  chain.unwritable.push('a RAID array, to which GRUB cannot write');
  if (metadata === undefined) chain.modules.push('mdraid09', 'mdraid1x');
  else chain.modules.push(metadata.startsWith('0.') ? 'mdraid09' : 'mdraid1x');
  const level = raid?.level ?? 'raid1';
  if (Object.hasOwn(raidLevels, level)) chain.modules.push(...(raidLevels[level] ?? []));
  else chain.obstacles.push(unknownDevice(`a RAID array of the level ${level}`));
}

function addVolume({ mapping }: BlockDevice, chain: DeviceChain): void {
  chain.unwritable.push('LVM, to which GRUB cannot write');
  chain.modules.push('lvm');
  const signs: LayerSigns = { uuid: mapping?.uuid ?? '', name: mapping?.name ?? '' };
  const layer = unknownLayers.find(([where, sign]) => sign.test(signs[where]));
  if (layer !== undefined) chain.obstacles.push(unknownDevice(layer[2]));
}

function addLuks(
  { mapping }: BlockDevice,
  header: BlockDevice | undefined,
  chain: DeviceChain,
): void {
  const [, version, digits] = /^CRYPT-LUKS([12])-([0-9a-f]{32})-/.exec(mapping?.uuid ?? '') ?? [];
  chain.modules.push('cryptodisk', version === '1' ? 'luks' : 'luks2');
  const uuid = digits ?? header?.content?.uuid?.replaceAll('-', '').toLowerCase();
  if (uuid !== undefined) chain.cryptodisks.push(uuid);
  // It has code for it; but what it does not write there would boot `once` again and again.
  chain.unwritable.push('LUKS, through which GRUB is not trusted to write');
}

function luksObstacles(
  block: BlockDevice,
  header: BlockDevice | undefined,
  { unopenable }: Pick<PlaceFacts, 'unopenable'>,
  enableCryptodisk: boolean,
): Obstacle[] {
  const name = block.mapping?.name ?? block.name;
  if (header?.content?.type !== 'crypto_LUKS') {
    return [
      {
        reason: `it is on the encrypted device ${name}, whose LUKS header is elsewhere`,
        hint: bootPartitionHint,
      },
    ];
  }
  const why = unopenable.get(header.name);
  if (why !== undefined) {
    return [
      {
        reason: `it is on the encrypted device ${name}, which GRUB cannot open: ${why}`,
        hint: `Use a /boot that is not encrypted, or give the device a key that GRUB can compute: cryptsetup luksConvertKey --pbkdf pbkdf2 /dev/${header.name}`,
      },
    ];
  }
  if (enableCryptodisk) return [];
  return [
    {
      reason: `it is on the encrypted device ${name}, and GRUB is not to open such (enableCryptodisk)`,
      hint: 'Set enableCryptodisk = true in [boot.loader.grub], or use a /boot that is not encrypted.',
    },
  ];
}
