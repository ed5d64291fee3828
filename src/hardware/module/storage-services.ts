import type { BlockDevice } from '../facts/facts.ts';
import { plainText } from './describe-block.ts';
import type { Definition, Omission } from './hardware-module.ts';
import type { Holding } from './luks.ts';
import type { Machine } from './machine.ts';

export interface StorageServices {
  readonly definitions: readonly Definition[];
  readonly omissions: readonly Omission[];
}

/**
 * What has to run for storage to be put together, of which nothing is in `fileSystems`:
 * `boot.swraid.enable`, `boot.initrd.services.lvm.enable`. Pure.
 */
export function planStorageServices(
  holdings: readonly Holding[],
  machine: Machine,
): StorageServices {
  const below: readonly HoldingBelow[] = holdings.map(holding => ({
    holding,
    devices: machine.blocks.below(holding.holders),
  }));
  const onRaid = below.filter(({ devices }) => has(devices, 'mdraid')).map(each => each.holding);
  // LUKS devices are opened before the system starts, whatever is on them.
  const onVolumes = below
    .filter(
      ({ holding, devices }) =>
        (holding.neededToBoot && has(devices, 'lvm')) || isLuksOnVolume(devices, machine),
    )
    .map(each => each.holding);
  return {
    definitions: [
      ...enable(['boot', 'swraid', 'enable'], 'a RAID of the kernel (md)', onRaid),
      ...enable(['boot', 'initrd', 'services', 'lvm', 'enable'], 'LVM', onVolumes),
    ],
    omissions: notSetUp(below),
  };
}

interface HoldingBelow {
  readonly holding: Holding;
  readonly devices: readonly BlockDevice[];
}

function has(devices: readonly BlockDevice[], kind: BlockDevice['kind']): boolean {
  return devices.some(device => device.kind === kind);
}

function isLuksOnVolume(devices: readonly BlockDevice[], machine: Machine): boolean {
  return devices.some(
    device => device.kind === 'luks' && has(machine.blocks.below([device]), 'lvm'),
  );
}

function enable(
  option: readonly string[],
  what: string,
  holdings: readonly Holding[],
): readonly Definition[] {
  if (holdings.length === 0) return [];
  const names = holdings.map(({ name }) => plainText(name)).join(', ');
  const neededToBoot = holdings.some(holding => holding.neededToBoot);
  const because = [`${names} on ${what}`];
  return [{ kind: 'value', option, value: true, isDefault: false, because, neededToBoot }];
}

/** Mappings that only a person can declare, each with all that is on it. */
function notSetUp(below: readonly HoldingBelow[]): readonly Omission[] {
  const names = new Map<BlockDevice, string[]>();
  for (const { holding, devices } of below) {
    const ofLuks = new Set(
      devices.filter(({ kind }) => kind === 'luks').flatMap(({ liesOn }) => liesOn),
    );
    for (const device of devices) {
      if (needsPerson(device) && !ofLuks.has(device.name))
        names.set(device, [...(names.get(device) ?? []), plainText(holding.name)]);
    }
  }
  return [...names].map(([{ kind, mapping }, users]) => {
    const name = plainText(mapping?.name ?? 'without a name');
    const list = [...new Set(users)].join(', ');
    return kind === 'multipath'
      ? { subject: `multipath ${name}`, reason: `${list} on it: set up services.multipath by hand` }
      : {
          subject: `mapping ${name}`,
          reason: `${list} on it: nothing is known of how it is set up`,
        };
  });
}

/** Partitions that kpartx maps come with what they are of; what LUKS puts below itself, with LUKS. */
function needsPerson({ kind, mapping }: BlockDevice): boolean {
  const isPartition = /^part\d+-/.test(mapping?.uuid ?? '');
  return kind === 'multipath' || (kind === 'other-mapping' && !isPartition);
}
