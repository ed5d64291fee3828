import { byBytes } from '../../host/folder.ts';
import type { BlockDevice } from '../facts/facts.ts';
import { describeBlocks, plainText } from './describe-block.ts';
import { nameDevice, namingOrder } from './device-name.ts';
import type { Definition, ModuleChoices, Omission } from './hardware-module.ts';
import type { Machine } from './machine.ts';
import { isOfStratis } from './stratis.ts';

/** Something in the module that is on block devices: `/home`, `swap`. */
export interface Holding {
  readonly name: string;
  readonly holders: readonly BlockDevice[];
  readonly neededToBoot: boolean;
}

export interface LuksPlan {
  /** By the kernel name of the mapping. */
  readonly definitions: ReadonlyMap<string, readonly Definition[]>;
  readonly omissions: readonly Omission[];
}

/**
 * The LUKS devices below anything that is in the module, at any depth: under volumes, arrays and
 * each other. Pure.
 */
export function planLuks(
  holdings: readonly Holding[],
  machine: Machine,
  choices: ModuleChoices,
): LuksPlan {
  const definitions = new Map<string, readonly Definition[]>();
  const omissions: Omission[] = [];
  // The kernel has each name once; facts that come from a file may say otherwise.
  const names = new Set<string>();
  for (const device of luksBelow(
    holdings.flatMap(({ holders }) => holders),
    machine,
  )) {
    const name = device.mapping?.name ?? '';
    if (names.has(name)) continue;
    names.add(name);
    const users = holdings.filter(({ holders }) => machine.blocks.below(holders).includes(device));
    const plan = planDevice(device, users, machine, choices);
    definitions.set(device.name, plan.definitions);
    omissions.push(...plan.omissions);
  }
  return { definitions, omissions };
}

/** The LUKS mappings among what some devices lie on, in the order in which they are opened. */
export function luksBelow(
  holders: readonly BlockDevice[],
  machine: Machine,
): readonly BlockDevice[] {
  return machine.blocks
    .below(holders)
    .filter(device => device.kind === 'luks' && !isOfStratis(device))
    .toSorted(
      (left, right) =>
        depthOf(left, machine) - depthOf(right, machine) ||
        byBytes(left.mapping?.name ?? '', right.mapping?.name ?? ''),
    );
}

function depthOf(device: BlockDevice, machine: Machine): number {
  return machine.blocks.below([device]).filter(({ kind }) => kind === 'luks').length;
}

function planDevice(
  device: BlockDevice,
  users: readonly Holding[],
  machine: Machine,
  choices: ModuleChoices,
): { definitions: readonly Definition[]; omissions: readonly Omission[] } {
  const name = device.mapping?.name ?? '';
  const subject = `LUKS ${plainText(name)}`;
  const [lower, ...others] = headerHolders(device, machine);
  // Names that cryptsetup takes as they are: libdevmapper's own set, without what systemd escapes.
  if (!/^[A-Za-z0-9#+\-.:=@_]{1,127}$/.test(name) || name.startsWith('.'))
    return { definitions: [], omissions: [{ subject, reason: 'its name is none for a mapping' }] };
  if (lower === undefined || others.length > 0)
    return { definitions: [], omissions: [{ subject, reason: 'what it lies on is not known' }] };
  const found = nameDevice(lower, namingOrder(choices.deviceBy), machine.blocks);
  const omissions: Omission[] = [];
  if (!found.isLasting)
    omissions.push({ subject, reason: 'in doubt: no lasting name of its device is known' });
  if (lower.content !== null && lower.content.type !== 'crypto_LUKS')
    omissions.push({ subject, reason: 'in doubt: no LUKS header is on its device' });
  if (lower.content === null)
    omissions.push({
      subject,
      reason: 'in doubt: its header seems to be elsewhere (boot.initrd.luks.devices.….header)',
    });
  const because = [
    `${users.map(user => plainText(user.name)).join(', ')} on it`,
    `LUKS on ${describeBlocks([lower], machine)}`,
    ...found.notes,
  ];
  const option = ['boot', 'initrd', 'luks', 'devices', name];
  const definition: Definition = {
    kind: 'value',
    option: [...option, 'device'],
    value: found.path,
    isDefault: false,
    because,
    neededToBoot: users.some(({ neededToBoot }) => neededToBoot),
  };
  const isOnVolume = machine.blocks.below([device]).some(({ kind }) => kind === 'lvm');
  return { definitions: [definition, ...(isOnVolume ? [afterVolumes(option)] : [])], omissions };
}

/**
 * NixOS's shell scripts of stage 1 open devices before LVM, and wait for those that are not there;
 * systemd's stage 1 takes each when it appears, and is refused with this set to false.
 */
function afterVolumes(option: readonly string[]): Definition {
  return {
    kind: 'value',
    option: [...option, 'preLVM'],
    value: { nix: 'config.boot.initrd.systemd.enable' },
    isDefault: false,
    because: ['it lies on LVM, which has to be there first'],
    neededToBoot: true,
  };
}

/**
 * Whether the header of a LUKS device is in a file or on another device. Where nothing is known of
 * what is on any device it is not known either.
 */
export function hasHeaderElsewhere(device: BlockDevice, machine: Machine): boolean {
  if (device.kind !== 'luks') return false;
  const [lower, ...others] = headerHolders(device, machine);
  return (
    lower?.content === null &&
    others.length === 0 &&
    machine.facts.blockDevices.some(({ content, mapping }) => content !== null && mapping === null)
  );
}

/** A LUKS device with integrity has a mapping of its own between itself and its header. */
function headerHolders(device: BlockDevice, machine: Machine): readonly BlockDevice[] {
  const seen = new Set([device]);
  let lower = machine.blocks.named(device.liesOn);
  while (lower.length === 1 && lower[0]?.kind === 'other-mapping' && !seen.has(lower[0])) {
    if (lower[0].content?.type === 'crypto_LUKS') break;
    seen.add(lower[0]);
    lower = machine.blocks.named(lower[0].liesOn);
  }
  return lower;
}
