import { byBytes } from '../../host/folder.ts';
import type { BlockDevice, Swap } from '../facts/facts.ts';
import { describeBlocks, plainText, quoted } from './describe-block.ts';
import { type DeviceName, nameDevice, namingOrder } from './device-name.ts';
import type { Definition, ModuleChoices, Omission } from './hardware-module.ts';
import { whySwapLeftOut } from './leave-out-mount.ts';
import type { Machine } from './machine.ts';
import { isReachedOverNetwork } from './network-storage.ts';
import { belowRoot, isUsablePath } from './places.ts';
import { whyNotSetUp } from './unopened-devices.ts';

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

/** The disks that a module's file systems are on. */
export interface Disks {
  /** What the machine cannot do without. */
  readonly ofSystem: ReadonlySet<BlockDevice>;
  readonly ofMounts: ReadonlySet<BlockDevice>;
}

interface NamedSwap {
  readonly name: DeviceName;
  readonly because: string;
  readonly holders: readonly BlockDevice[];
  /** Whether it gets another key at each boot. */
  readonly hasRandomKey: boolean;
}

/** Which swaps a module turns on, by their names; compressed memory is not among them. Pure. */
export function planSwaps(machine: Machine, choices: ModuleChoices, disks: Disks): SwapPlan {
  if (machine.facts.virtualisation.container !== null && choices.root === '/')
    return { swaps: [], omissions: [] };
  const swaps = new Map<string, PlannedSwap>();
  const omissions: Omission[] = [];
  for (const swap of machine.facts.swaps) {
    if (swap.kind === 'zram') continue;
    const found = nameSwap(swap, machine, choices, disks);
    if ('reason' in found) {
      omissions.push(found);
      continue;
    }
    const { path } = found.name;
    if (found.hasRandomKey && resumesFromDisk(machine)) omissions.push(notResumed);
    swaps.set(path, {
      device: path,
      definitions: define(swap, found),
      holders: found.holders,
    });
    if (!found.name.isLasting)
      omissions.push({ subject: 'swap', reason: 'in doubt: no lasting name of a swap is known' });
  }
  const inOrder = [...swaps.values()].toSorted((left, right) => byBytes(left.device, right.device));
  return { swaps: inOrder, omissions };
}

const notResumed: Omission = {
  subject: 'swap with a random key',
  reason:
    "in doubt: resume= is among the kernel's parameters, and from a swap whose key is another at each boot nothing is resumed",
};

function resumesFromDisk({ facts }: Machine): boolean {
  return (facts.kernel.commandLine ?? '').split(/\s+/).some(word => /^resume=./.test(word));
}

function nameSwap(
  swap: Swap,
  machine: Machine,
  choices: ModuleChoices,
  disks: Disks,
): NamedSwap | Omission {
  if (swap.kind === 'file') return nameSwapFile(swap, choices.root);
  const [device] = machine.blocks.named(swap.blockDevice === null ? [] : [swap.blockDevice]);
  if (device === undefined) return { subject: 'swap', reason: 'nothing is known of its device' };
  const left = whySwapLeftOut(device, disks.ofSystem, machine);
  const what = describeBlocks([device], machine);
  if (left !== undefined) return { subject: `swap on ${what}`, reason: left };
  if (!isOfMachine(device, disks, machine, choices.root)) {
    const reason = `it is the running system's, or on another disk than what is below ${plainText(choices.root)}`;
    return { subject: `swap on ${what}`, reason };
  }
  if (isReachedOverNetwork(undefined, [device], machine)) {
    const reason = 'its disk is reached over a network: declare it by hand';
    return { subject: `swap on ${what}`, reason };
  }
  const hasRandomKey = swap.kind === 'random-encrypted';
  if (hasRandomKey) return nameWithRandomKey(device, machine, choices);
  const below = machine.blocks.below([device]);
  const isSealed =
    below.some(({ kind }) => kind === 'plain-crypt' || kind === 'loop') ||
    whyNotSetUp([device], machine) !== undefined;
  if (isSealed)
    return { subject: `swap on ${what}`, reason: 'NixOS has no option to open what it is on' };
  const label = device.content?.label ?? null;
  return {
    name: nameDevice(device, namingOrder(choices.deviceBy), machine.blocks),
    because: `swap ${label === null ? '' : `${quoted(label)} `}on ${what}`,
    holders: [device],
    hasRandomKey,
  };
}

/** With another root the running system's swaps are in use as well as the machine's own. */
function isOfMachine(
  device: BlockDevice,
  { ofMounts }: Disks,
  machine: Machine,
  root: string,
): boolean {
  if (belowRoot('/', root) !== undefined) return true;
  const own = machine.blocks.disksBelow([device]);
  return own.length > 0 && own.every(disk => ofMounts.has(disk));
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
