import type { BlockDevice } from '../facts/facts.ts';
import { leftOut, withOptions } from './declare-mount.ts';
import { describeBlocks, plainText, quoted } from './describe-block.ts';
import { type DeviceName, nameDevice, namingOrder } from './device-name.ts';
import type { ModuleChoices } from './hardware-module.ts';
import type { Machine } from './machine.ts';
import { isReachedOverNetwork } from './network-storage.ts';
import { isKnownType } from './option-rules.ts';
import { planOverlay } from './overlay.ts';
import type { PlacedMount } from './place-mounts.ts';
import { belowRoot, isNeededToBoot, isPlaceOfSystem, isUsablePath } from './places.ts';
import type { MountPlan, PlannedOption } from './planned-mount.ts';
import { whyNotOpened, whyNotSetUp } from './unopened-devices.ts';
import { planZfs } from './zfs.ts';

/** File systems that come from elsewhere under a name of their own. */
const byName: ReadonlySet<string> = new Set(['nfs', 'nfs4', '9p', 'virtiofs', 'vboxsf']);

/** How a mount that is no bind mount is declared. Pure. */
export function planMount(seen: PlacedMount, machine: Machine, choices: ModuleChoices): MountPlan {
  const { mount, place, holders } = seen;
  if (mount.type === 'zfs') return planZfs(seen, machine);
  if (mount.type === 'overlay') return planOverlay(seen, choices.root);
  if (mount.type === 'tmpfs' || mount.type === 'ramfs')
    return withOptions(seen, { device: mount.type, because: [`a ${mount.type}`] });
  if (byName.has(mount.type)) {
    if (!isUsablePath(`/${mount.source}`))
      return leftOut(seen, 'the name of its source is no text');
    const because = [`${mount.type} from ${plainText(mount.source)}`];
    return withOptions(seen, { device: mount.source, because });
  }
  const [first] = holders;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(mount.type))
    return leftOut(seen, 'its type has no name');
  if (first === undefined) return planUnknownSource(seen);
  if (first.kind === 'loop') return planFile(seen, first, choices.root);
  const reason = whyNotOpened(holders, machine);
  if (!isNeededToBoot(place)) {
    const reasonToo = reason ?? whyNotSetUp(holders, machine);
    if (reasonToo !== undefined) return leftOut(seen, reasonToo);
  }
  const name = nameFileSystem(seen, first, machine, choices);
  const because = [describeFileSystem(seen, machine), ...name.notes];
  const options = isReachedOverNetwork(undefined, holders, machine) ? overNetwork(place) : [];
  const plan = withOptions(seen, { device: name.path, because, options });
  const doubts = [
    ...(reason === undefined ? [] : [reason]),
    ...(name.isLasting ? [] : ['no lasting name of its device is known']),
  ].map(doubt => ({ subject: plainText(place), reason: `in doubt: ${doubt}` }));
  return { ...plan, omissions: [...plan.omissions, ...doubts] };
}

/** systemd knows network file systems by their types, and not disks of a server. */
function overNetwork(place: string): readonly PlannedOption[] {
  if (isNeededToBoot(place)) return [];
  const because = 'its disk is reached over a network';
  return ['_netdev', 'nofail'].map(value => ({ value, because, isDecisive: false }));
}

function describeFileSystem({ mount, holders }: PlacedMount, machine: Machine): string {
  const label = holders[0]?.content?.label ?? null;
  const name = label === null ? mount.type : `${mount.type} ${quoted(label)}`;
  return `${plainText(name)} on ${describeBlocks(holders, machine)}`;
}

/**
 * Of several devices none is the file system: what all of them carry names it. The others are
 * found by the kernel's or the mount helper's scan.
 */
function nameFileSystem(
  { mount, holders }: PlacedMount,
  first: BlockDevice,
  machine: Machine,
  choices: ModuleChoices,
): DeviceName {
  const order = namingOrder(choices.deviceBy);
  if (holders.length === 1) {
    const name = nameDevice(first, order, machine.blocks);
    // The mount table may know a mapping's name where nothing else of it could be read.
    const isNamed = /^\/dev\/mapper\/[^/]+$/.test(mount.source) && isUsablePath(mount.source);
    const path = mount.source;
    return name.isLasting || !isNamed
      ? name
      : { path, notes: ['by what the mount table calls it'], isLasting: true };
  }
  const uuid = first.content?.uuid ?? null;
  if (mount.type === 'bcachefs' && uuid !== null && /^[0-9A-Fa-f-]+$/.test(uuid))
    return { path: `UUID=${uuid}`, notes: [], isLasting: true };
  const shared = choices.deviceBy === 'label' ? namingOrder('label') : namingOrder('uuid');
  const notes =
    shared[0] === choices.deviceBy ? [] : [`not by ${choices.deviceBy}: it is on several devices`];
  // Which of the devices comes first in the facts may change; the least of their names does not.
  const names = holders
    .map(holder => nameDevice(holder, shared, machine.blocks))
    .toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const name = names.find(({ isLasting }) => isLasting) ?? names[0];
  return name === undefined
    ? nameDevice(first, order, machine.blocks)
    : { ...name, notes: [...notes, ...name.notes] };
}

/** Where people keep files that a machine is not to wait for. */
const people = /^\/(home|root|tmp|media|run|var\/tmp)\//;

/** File systems that are made once, to be handed round. */
const images: ReadonlySet<string> = new Set(['erofs', 'iso9660', 'squashfs', 'udf']);

const mayBeGone: PlannedOption = {
  value: 'nofail',
  because: 'without the image the machine is to boot all the same',
  isDecisive: false,
};

function planFile(seen: PlacedMount, loop: BlockDevice, root: string): MountPlan {
  const seenFile = loop.backingFile;
  if (seenFile === null) return leftOut(seen, 'it is in a file that is not known');
  const file = belowRoot(seenFile, root);
  if (file === undefined)
    return leftOut(seen, `the file that it is in is not below ${plainText(root)}`);
  if (!isUsablePath(file))
    return leftOut(seen, 'the file that it is in is gone, or its name is no text');
  const isOfPerson = people.test(file) && !isPlaceOfSystem(seen.place);
  if (isOfPerson) return leftOut(seen, "it is in a file among a person's own, or a temporary one");
  const isImage = images.has(seen.mount.type) && !isNeededToBoot(seen.place);
  return withOptions(seen, {
    device: file,
    because: [`${plainText(seen.mount.type)} in the file ${plainText(file)}`],
    needs: [file],
    options: [
      { value: 'loop', because: 'it is in a file', isDecisive: true },
      ...(isImage ? [mayBeGone] : []),
    ],
  });
}

/** A device that the facts do not know, or a type of which nothing is known. */
function planUnknownSource(seen: PlacedMount): MountPlan {
  const { mount, place } = seen;
  const type = plainText(mount.type);
  if (!mount.source.startsWith('/dev/') || !isUsablePath(mount.source))
    return leftOut(seen, `nothing is known of where a ${type} comes from`);
  if (!isKnownType(mount.type)) return leftOut(seen, `nothing is known of ${type}`);
  const isLasting = /^\/dev\/(disk|mapper)\//.test(mount.source);
  if (!isLasting && !isNeededToBoot(place)) return leftOut(seen, 'nothing is known of its device');
  const plan = withOptions(seen, {
    device: mount.source,
    because: [`${type} on ${plainText(mount.source)}, of which nothing else is known`],
  });
  const doubt = { subject: plainText(place), reason: 'in doubt: nothing is known of its device' };
  return { ...plan, omissions: isLasting ? plan.omissions : [...plan.omissions, doubt] };
}
