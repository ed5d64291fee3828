import type { BlockDevice } from '../facts/facts.ts';
import { plainText } from './describe-block.ts';
import type { Definition, Omission } from './hardware-module.ts';
import type { Holding } from './luks.ts';
import type { Machine } from './machine.ts';
import { mappingModules } from './mapping-modules.ts';
import { isNetworkDisk } from './network-storage.ts';
import { isOfStratis } from './stratis.ts';
import { foreignMappings, isZfsVolume } from './unopened-devices.ts';

export interface StorageServices {
  readonly definitions: readonly Definition[];
  readonly omissions: readonly Omission[];
}

/**
 * What has to run for storage to be put together, of which nothing is in `fileSystems`:
 * `boot.swraid.enable`, `services.lvm.boot.thin.enable`. Pure.
 */
export function planStorageServices(
  holdings: readonly Holding[],
  machine: Machine,
): StorageServices {
  const below: readonly HoldingBelow[] = holdings.map(holding => ({
    holding,
    devices: machine.blocks.below(holding.holders),
  }));
  const on = (isMeant: Meant): readonly Holding[] =>
    below.filter(({ devices }) => devices.some(isMeant)).map(({ holding }) => holding);
  // LUKS devices are opened before the system starts, whatever is on them.
  const inInitrdOn = (isMeant: Meant): readonly Holding[] =>
    below
      .filter(
        ({ holding, devices }) =>
          (holding.neededToBoot && devices.some(isMeant)) || isLuksOn(devices, isMeant, machine),
      )
      .map(({ holding }) => holding);
  const isOf =
    (module: string): Meant =>
    device =>
      isPutTogetherBy(module, device, machine);
  const onThin = [isOf('dm_thin_pool'), isOf('dm_cache')].flatMap(on);
  return {
    definitions: [
      ...enable(['boot', 'swraid', 'enable'], 'on a RAID of the kernel (md)', on(isRaid)),
      ...enable(['boot', 'initrd', 'services', 'lvm', 'enable'], 'on LVM', inInitrdOn(isVolume)),
      ...enable(
        ['boot', 'initrd', 'services', 'bcache', 'enable'],
        'on bcache',
        inInitrdOn(isBcache),
      ),
      ...enable(
        ['services', 'lvm', 'boot', 'thin', 'enable'],
        'on a thin or cached volume, whose metadata LVM checks by a program of its own',
        [...new Set(onThin)],
      ),
      ...enable(
        ['services', 'lvm', 'boot', 'vdo', 'enable'],
        'on a VDO volume, which only an LVM that is built for it activates',
        on(isOf('dm_vdo')),
      ),
      ...enable(
        ['services', 'stratis', 'enable'],
        'on Stratis, whose daemon sets up what the initrd does not',
        on(isOfStratis).filter(({ neededToBoot }) => !neededToBoot),
      ),
    ],
    omissions: notSetUp(below),
  };
}

type Meant = (device: BlockDevice) => boolean;

const isRaid: Meant = ({ kind }) => kind === 'mdraid';
const isVolume: Meant = ({ kind }) => kind === 'lvm';
const isBcache: Meant = ({ kind }) => kind === 'bcache';

interface HoldingBelow {
  readonly holding: Holding;
  readonly devices: readonly BlockDevice[];
}

function isLuksOn(devices: readonly BlockDevice[], isMeant: Meant, machine: Machine): boolean {
  return devices.some(
    device => device.kind === 'luks' && machine.blocks.below([device]).some(isMeant),
  );
}

/** Of logical volumes: whether one is put together of parts by a module, as its parts are called. */
function isPutTogetherBy(module: string, device: BlockDevice, machine: Machine): boolean {
  if (device.kind !== 'lvm') return false;
  const parts = machine.blocks.named(device.liesOn);
  return mappingModules(device, parts, [], undefined).some(({ name }) => name === module);
}

function enable(
  option: readonly string[],
  what: string,
  holdings: readonly Holding[],
): readonly Definition[] {
  if (holdings.length === 0) return [];
  const names = holdings.map(({ name }) => plainText(name)).join(', ');
  const neededToBoot = holdings.some(holding => holding.neededToBoot);
  const because = [`${names} ${what}`];
  return [{ kind: 'value', option, value: true, isDefault: false, because, neededToBoot }];
}

/** What only a person can declare, each with all that is on it. */
function notSetUp(below: readonly HoldingBelow[]): readonly Omission[] {
  const users = new Map<string, Set<string>>();
  const reasons = new Map<string, string>();
  for (const { holding, devices } of below) {
    const foreign = new Set(foreignMappings(devices));
    for (const device of devices) {
      const task = taskOf(device, foreign, holding.neededToBoot);
      if (task === undefined) continue;
      reasons.set(task.subject, task.reason);
      const names = users.get(task.subject) ?? new Set();
      users.set(task.subject, names.add(plainText(holding.name)));
    }
  }
  return [...reasons].map(([subject, reason]) => ({
    subject,
    reason: `${[...(users.get(subject) ?? [])].join(', ')} on it: ${reason}`,
  }));
}

/** What is left to a person for one device; undefined where there is nothing. */
function taskOf(
  device: BlockDevice,
  foreign: ReadonlySet<BlockDevice>,
  neededToBoot: boolean,
): Omission | undefined {
  const name = plainText(device.mapping?.name ?? 'without a name');
  if (device.kind === 'multipath')
    return { subject: `multipath ${name}`, reason: 'set up services.multipath by hand' };
  if (foreign.has(device))
    return { subject: `mapping ${name}`, reason: 'nothing is known of how it is set up' };
  if (isZfsVolume(device))
    return { subject: 'ZFS volume', reason: 'its pool has to be imported (boot.zfs.extraPools)' };
  // What the initrd has to be told is said where its modules are.
  if (isNetworkDisk(device) && !neededToBoot)
    return { subject: 'disk over a network', reason: 'set up by hand what connects to it' };
  return undefined;
}
