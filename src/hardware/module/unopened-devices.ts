import type { BlockDevice } from '../facts/facts.ts';
import { describeBlocks } from './describe-block.ts';
import { hasHeaderElsewhere } from './luks.ts';
import type { Machine } from './machine.ts';
import { isNetworkDisk, isReachedOverNetwork } from './network-storage.ts';
import { isOfStratis } from './stratis.ts';

/**
 * Mappings among some devices of which nothing is known but that somebody sets them up: BitLocker,
 * VeraCrypt, verity. Partitions that kpartx maps come with what they are of; what LUKS puts below
 * itself, with LUKS.
 */
export function foreignMappings(devices: readonly BlockDevice[]): readonly BlockDevice[] {
  const ofLuks = new Set(
    devices.filter(({ kind }) => kind === 'luks').flatMap(({ liesOn }) => liesOn),
  );
  return devices.filter(
    device =>
      device.kind === 'other-mapping' &&
      !isNetworkDisk(device) &&
      !isZfsVolume(device) &&
      !/^part\d+-/.test(device.mapping?.uuid ?? '') &&
      !isOfStratis(device) &&
      !ofLuks.has(device.name),
  );
}

/** A zvol: the kernel's name is all that tells. */
export function isZfsVolume({ name, mapping }: BlockDevice): boolean {
  return mapping === null && /^zd\d/.test(name);
}

/** Why NixOS cannot open by itself what something lies on; undefined where it can. */
export function whyNotOpened(
  holders: readonly BlockDevice[],
  machine: Machine,
): string | undefined {
  const below = machine.blocks.below(holders);
  const plain = below.find(({ kind }) => kind === 'plain-crypt');
  if (plain !== undefined)
    return `it is on ${describeBlocks([plain], machine)}: without a LUKS header NixOS cannot ask for its key`;
  return below.some(({ kind }) => kind === 'loop')
    ? 'it is on something in a file that would have to be opened first'
    : undefined;
}

/**
 * The same of what a person may set up beside the module, which is a reason where the machine comes
 * up without it: what nobody opens is waited for at each boot.
 */
export function whyNotSetUp(holders: readonly BlockDevice[], machine: Machine): string | undefined {
  const below = machine.blocks.below(holders);
  // Of a mapping that could not be read it is not known that nothing opens it.
  const foreign = foreignMappings(below).find(({ mapping }) => mapping !== null);
  if (foreign !== undefined)
    return `it is on ${describeBlocks([foreign], machine)}, which NixOS has no option to open`;
  const far = below.find(
    device => device.kind === 'luks' && isReachedOverNetwork(undefined, [device], machine),
  );
  if (far !== undefined)
    return `it is on ${describeBlocks([far], machine)}, which NixOS opens before there is a network`;
  const apart = below.find(device => hasHeaderElsewhere(device, machine));
  return apart === undefined
    ? undefined
    : `it is on ${describeBlocks([apart], machine)}, whose header is elsewhere: declare both by hand (boot.initrd.luks.devices.….header)`;
}
