import { byBytes } from '../../host/folder.ts';
import type { BlockDevice, Swap } from '../facts/facts.ts';
import { describeBlocks, plainText, quoted } from './describe-block.ts';
import { type DeviceName, nameDevice, namingOrder } from './device-name.ts';
import type { Definition, ModuleChoices, Omission } from './hardware-module.ts';
import { whySwapLeftOut } from './leave-out-mount.ts';
import type { Machine } from './machine.ts';
import { belowRoot, isUsablePath } from './places.ts';

export interface PlannedSwap {
  /** Its element in `swapDevices`. */
  readonly device: string;
  readonly definitions: readonly Definition[];
  /** The block devices below it; none of a file, whose file system is mounted anyway. */
  readonly holders: readonly BlockDevice[];
}

export interface SwapPlan {
  readonly swaps: readonly PlannedSwap[];
  readonly omissions: readonly Omission[];
}

interface NamedSwap {
  readonly name: DeviceName;
  readonly because: string;
  readonly holders: readonly BlockDevice[];
  /** Whether it gets another key at each boot. */
  readonly hasRandomKey: boolean;
}

/** Which swaps a module turns on, by their names; compressed memory is not among them. Pure. */
export function planSwaps(
  machine: Machine,
  choices: ModuleChoices,
  systemDisks: ReadonlySet<BlockDevice>,
): SwapPlan {
  if (machine.facts.virtualisation.container !== null && choices.root === '/')
    return { swaps: [], omissions: [] };
  const swaps = new Map<string, PlannedSwap>();
  const omissions: Omission[] = [];
  for (const swap of machine.facts.swaps) {
    if (swap.kind === 'zram') continue;
    const found = nameSwap(swap, machine, choices, systemDisks);
    if ('reason' in found) {
      omissions.push(found);
      continue;
    }
    const { path } = found.name;
    swaps.set(path, { device: path, definitions: define(swap, found), holders: found.holders });
    if (!found.name.isLasting)
      omissions.push({ subject: 'swap', reason: 'in doubt: no lasting name of a swap is known' });
  }
  const inOrder = [...swaps.values()].toSorted((left, right) => byBytes(left.device, right.device));
  return { swaps: inOrder, omissions };
}

function nameSwap(
  swap: Swap,
  machine: Machine,
  choices: ModuleChoices,
  systemDisks: ReadonlySet<BlockDevice>,
): NamedSwap | Omission {
  if (swap.kind === 'file') return nameSwapFile(swap, choices.root);
  const [device] = machine.blocks.named(swap.blockDevice === null ? [] : [swap.blockDevice]);
  if (device === undefined) return { subject: 'swap', reason: 'nothing is known of its device' };
  const left = whySwapLeftOut(device, systemDisks, machine);
  const what = describeBlocks([device], machine);
  if (left !== undefined) return { subject: `swap on ${what}`, reason: left };
  const hasRandomKey = swap.kind === 'random-encrypted';
  if (hasRandomKey) return nameWithRandomKey(device, machine, choices);
  const below = machine.blocks.below([device]);
  if (below.some(({ kind }) => kind === 'plain-crypt' || kind === 'loop'))
    return { subject: `swap on ${what}`, reason: 'NixOS has no option to open what it is on' };
  const label = device.content?.label ?? null;
  return {
    name: nameDevice(device, namingOrder(choices.deviceBy), machine.blocks),
    because: `swap ${label === null ? '' : `${quoted(label)} `}on ${what}`,
    holders: [device],
    hasRandomKey,
  };
}

/** What has another key at each boot has no UUID and no label that would stay. */
function nameWithRandomKey(
  device: BlockDevice,
  machine: Machine,
  choices: ModuleChoices,
): NamedSwap | Omission {
  const lower = machine.blocks.named(device.liesOn);
  const [only] = lower;
  const subject = 'swap with a random key';
  if (only === undefined || lower.length > 1)
    return { subject, reason: 'what it lies on is not known' };
  const byContent = choices.deviceBy === 'uuid' || choices.deviceBy === 'label';
  const order = namingOrder(byContent ? 'partuuid' : choices.deviceBy, ['uuid', 'label']);
  const name = nameDevice(only, order, machine.blocks);
  // A key is drawn and the device overwritten at each boot: it has to be the right one.
  if (!name.isLasting)
    return { subject, reason: 'no lasting name of its device is known, and it is overwritten' };
  return {
    name,
    because: `swap with a random key on ${describeBlocks([only], machine)}`,
    holders: [only],
    hasRandomKey: true,
  };
}

function nameSwapFile(swap: Swap, root: string): NamedSwap | Omission {
  const path = belowRoot(swap.path, root);
  const subject = `swap file ${plainText(path ?? swap.path)}`;
  if (path === undefined) return { subject, reason: `it is not below ${plainText(root)}` };
  if (!isUsablePath(path)) return { subject, reason: 'it is gone, or its name is no text' };
  return {
    name: { path, notes: [], isLasting: true },
    because: 'a swap file; its size is left as it is',
    holders: [],
    hasRandomKey: false,
  };
}

function define(swap: Swap, { name, because, hasRandomKey }: NamedSwap): readonly Definition[] {
  const value = (option: readonly string[], what: string | number | boolean, why: string[]) =>
    ({
      kind: 'value',
      option: ['swapDevices', name.path, ...option],
      value: what,
      isDefault: false,
      because: why,
      neededToBoot: false,
    }) as const;
  return [
    value(['device'], name.path, [because, ...name.notes]),
    ...(swap.priority >= 0 ? [value(['priority'], swap.priority, ['it is used so'])] : []),
    ...(hasRandomKey
      ? [value(['randomEncryption', 'enable'], true, ['plain dm-crypt with a key of its own'])]
      : []),
  ];
}

/** Compressed memory as swap: `zramSwap`. */
export function planZram(
  machine: Machine,
  root: string,
): { definitions: readonly Definition[]; omissions: readonly Omission[] } {
  const { swaps, virtualisation } = machine.facts;
  const isUsed = swaps.some(({ kind }) => kind === 'zram');
  if (!isUsed || (virtualisation.container !== null && root === '/'))
    return { definitions: [], omissions: [] };
  if (belowRoot('/', root) === undefined) {
    const reason = `it is the running system's, not that below ${plainText(root)}`;
    return { definitions: [], omissions: [{ subject: 'swap on zram', reason }] };
  }
  const definition: Definition = {
    kind: 'value',
    option: ['zramSwap', 'enable'],
    value: true,
    isDefault: false,
    because: ['swap on zram; how much memory is left to memoryPercent'],
    neededToBoot: false,
  };
  return { definitions: [definition], omissions: [] };
}
