import type { BlockDevice, MappingFacts } from '../facts/facts.ts';
import type { KernelModules } from '../kernel/kernel-modules.ts';
import type { ChainModule } from './boot-chain.ts';
import { isModuleName, typeModules, typeModulesIfThere } from './chain-modules.ts';

/** Both of dm-raid and of md. */
const raidPersonalities = ['raid0', 'raid1', 'raid10', 'raid456'];

const raidLevels: ReadonlyMap<string, string> = new Map([
  ['raid4', 'raid456'],
  ['raid5', 'raid456'],
  ['raid6', 'raid456'],
]);

/** What makes a block device of which no more is known than how the kernel calls it. */
const otherDrivers: readonly (readonly [RegExp, string])[] = [
  [/^dm-\d/, 'dm_mod'],
  [/^drbd\d/, 'drbd'],
  [/^nbd\d/, 'nbd'],
  [/^rbd\d/, 'rbd'],
  [/^zd\d/, 'zfs'],
];

/**
 * The modules that make a block device of others: device-mapper's targets, RAID levels, bcache.
 *
 * @param parts what it lies on
 * @param loaded the modules of the running kernel, which tell the level of a RAID of LVM's
 */
export function mappingModules(
  device: BlockDevice,
  parts: readonly BlockDevice[],
  loaded: readonly string[],
  kernel: KernelModules | undefined,
): readonly ChainModule[] {
  switch (device.kind) {
    case 'luks':
    case 'plain-crypt':
      return typeModules(['dm_crypt'], kernel);
    case 'lvm':
      return [...typeModules(['dm_mod'], kernel), ...volumeModules(parts, loaded, kernel)];
    case 'multipath':
      return typeModules(['dm_multipath'], kernel);
    case 'mdraid':
      return raidModules(device.raid?.level ?? null, kernel);
    case 'bcache':
    case 'loop':
    case 'zram':
      return typeModules([device.kind], kernel);
    case 'other-mapping':
    case 'partition':
      if (device.mapping !== null)
        return [...typeModules(['dm_mod'], kernel), ...targetModules(device.mapping, kernel)];
      return typeModules(otherDriver(device.name), kernel);
    case 'disk':
    case 'optical':
      return [];
  }
}

/**
 * What cryptsetup(8) maps beside LUKS devices: what keeps a checksum of each sector below one
 * (`…_dif`, before 2.8 without a uuid), or by itself; and what checks a read-only file system. With
 * a checksum dm-crypt asks the kernel for `authenc(…)` only when it needs it.
 */
function targetModules(
  { name, uuid }: MappingFacts,
  kernel: KernelModules | undefined,
): readonly ChainModule[] {
  if (uuid?.startsWith('CRYPT-VERITY-') === true) return typeModules(['dm_verity'], kernel);
  const isIntegrity = /^CRYPT-(SUBDEV|INTEGRITY)-/.test(uuid ?? '') || name.endsWith('_dif');
  if (!isIntegrity) return [];
  return [...typeModules(['dm_integrity'], kernel), ...typeModulesIfThere(['authenc'], kernel)];
}

function otherDriver(name: string): readonly string[] {
  return otherDrivers.flatMap(([pattern, module]) => (pattern.test(name) ? [module] : []));
}

function raidModules(
  level: string | null,
  kernel: KernelModules | undefined,
): readonly ChainModule[] {
  const module = level === null ? undefined : (raidLevels.get(level) ?? level);
  // An array of a container has no level of its own.
  const isLevel = module !== undefined && /^(raid|linear$)/.test(module) && isModuleName(module);
  if (!isLevel) return typeModules(['md_mod'], kernel);
  return typeModules([module === 'linear' ? linearModule(kernel) : module, 'md_mod'], kernel);
}

/** Linux 6.8 dropped it, and 6.14 has it again, under another name and without an alias. */
function linearModule(kernel: KernelModules | undefined): string {
  return kernel?.find('linear') === undefined && kernel?.find('md_linear') !== undefined
    ? 'md_linear'
    : 'linear';
}

/** What a part of a logical volume is, as lvm2 names it, and the module that puts it together. */
const volumeParts: readonly (readonly [RegExp, Assembly])[] = [
  [/_r(?:image|meta)_\d+$/, 'raid'],
  [/_t(?:meta|data)$/, 'thin'],
  [/^tpool$/, 'thin'],
  [/_wcorig$/, 'writecache'],
  [/_c(?:orig|data|meta|vol)$/, 'cache'],
  [/^c(?:data|meta)$/, 'cache'],
  [/^(?:real|cow)$/, 'snapshot'],
  [/_mimage_\d+$|_mlog$/, 'mirror'],
  [/_i(?:orig|meta)$/, 'integrity'],
  [/_vdata$|^vpool$/, 'vdo'],
];

type Assembly =
  | 'raid'
  | 'thin'
  | 'writecache'
  | 'cache'
  | 'snapshot'
  | 'mirror'
  | 'integrity'
  | 'vdo';

function volumeModules(
  parts: readonly BlockDevice[],
  loaded: readonly string[],
  kernel: KernelModules | undefined,
): readonly ChainModule[] {
  const assemblies = new Set(parts.flatMap(part => assemblyOf(part) ?? []));
  return [...assemblies].toSorted().flatMap(assembly => {
    switch (assembly) {
      case 'raid':
        return [...typeModules(['dm_raid'], kernel), ...personalities(loaded, kernel)];
      case 'thin':
        return typeModules(['dm_thin_pool'], kernel);
      case 'cache':
        return [
          ...typeModules(['dm_cache'], kernel),
          ...typeModulesIfThere(['dm_cache_smq'], kernel),
        ];
      case 'vdo':
        // Before Linux 6.9 it was a module of its own, kvdo.
        return typeModules([kernel?.find('kvdo') === undefined ? 'dm_vdo' : 'kvdo'], kernel);
      case 'writecache':
      case 'snapshot':
      case 'mirror':
      case 'integrity':
        return typeModules([`dm_${assembly}`], kernel);
    }
  });
}

/**
 * The level is in the volume's table, which is not among the facts; the module is loaded. One comes
 * with dm-raid in any case, and its being loaded tells nothing.
 */
function personalities(
  loaded: readonly string[],
  kernel: KernelModules | undefined,
): readonly ChainModule[] {
  const always = kernel?.dependencies('dm_raid') ?? [];
  const seen = raidPersonalities.filter(name => loaded.includes(name));
  return seen.length > 0
    ? typeModules(
        seen.filter(name => !always.includes(name)),
        kernel,
      )
    : typeModulesIfThere(
        raidPersonalities.filter(name => !always.includes(name)),
        kernel,
      );
}

function assemblyOf({ mapping }: BlockDevice): Assembly | undefined {
  if (mapping === null) return undefined;
  const layer = layerOf(mapping.name, mapping.uuid);
  return volumeParts.find(([pattern]) => pattern.test(layer ?? mapping.name))?.[1];
}

/**
 * The layer of a volume that a mapping is: lvm2 writes it behind the numbers of group and volume,
 * and as a third part of the name, where a `-` of a name is doubled.
 */
function layerOf(name: string, uuid: string | null): string | undefined {
  if (uuid !== null) return /^LVM-[A-Za-z0-9]{64}-(.+)$/.exec(uuid)?.[1];
  const [, , layer] = name.split(/(?<!-)-(?!-)/);
  return layer;
}
