import { plainText } from './describe-block.ts';
import type { Definition } from './hardware-module.ts';
import { luksBelow } from './luks.ts';
import type { Machine } from './machine.ts';
import { isNeededToBoot } from './places.ts';
import type { PlannedMount } from './planned-mount.ts';
import { stratisPool } from './stratis.ts';
import type { PlannedSwap } from './swap.ts';

/** What is to be declared of a machine's storage, planned. */
export interface StoragePlan {
  readonly mounts: readonly PlannedMount[];
  /** With the place that needs each; null where NixOS mounts it first by itself. */
  readonly neededFirst: ReadonlyMap<PlannedMount, string | null>;
  readonly swaps: readonly PlannedSwap[];
  /** By the kernel name of the mapping. */
  readonly luks: ReadonlyMap<string, readonly Definition[]>;
}

/** Definitions of file systems and swaps, with the LUKS devices of each after the first on them. */
export function declareStorage(plan: StoragePlan, machine: Machine): readonly Definition[] {
  const open = new Map(plan.luks);
  const luksOf = (holders: PlannedMount['holders']): readonly Definition[] =>
    luksBelow(holders, machine).flatMap(({ name }) => {
      const definitions = open.get(name) ?? [];
      open.delete(name);
      return definitions;
    });
  return [
    ...plan.mounts.flatMap(mount => [
      ...declareMount(mount, plan.neededFirst.get(mount)),
      ...luksOf(mount.holders),
    ]),
    ...plan.swaps.flatMap(swap => [...swap.definitions, ...luksOf(swap.holders)]),
  ];
}

/** @param neededBy undefined where nothing needs it before the system starts */
function declareMount(
  mount: PlannedMount,
  neededBy: string | null | undefined,
): readonly Definition[] {
  const { place } = mount.seen;
  const neededToBoot = isNeededToBoot(place) || neededBy !== undefined;
  const option = (name: string) => ['fileSystems', place, ...name.split('.')];
  const value = (name: string, what: string | boolean, because: readonly string[]): Definition => ({
    kind: 'value',
    option: option(name),
    value: what,
    isDefault: false,
    because,
    neededToBoot,
  });
  const pool = poolOf(mount);
  const type = mount.fsType === 'none' ? 'a bind mount has no type' : 'as mounted';
  return [
    value('device', mount.device, mount.because),
    value('fsType', mount.fsType, [type]),
    ...(pool === undefined
      ? []
      : [value('stratis.poolUuid', pool, ['Stratis has to set up its pool first'])]),
    ...mount.options.map(
      (each): Definition => ({
        kind: 'item',
        option: option('options'),
        value: each.value,
        because: [each.because],
        neededToBoot: neededToBoot && each.isDecisive,
      }),
    ),
    ...(typeof neededBy === 'string'
      ? [value('neededForBoot', true, [`${plainText(neededBy)} needs it to be there first`])]
      : []),
  ];
}

/** A bind mount is on what another mount has set up. */
function poolOf({ fsType, holders: [holder] }: PlannedMount): string | undefined {
  return fsType === 'none' || holder === undefined ? undefined : stratisPool(holder);
}
