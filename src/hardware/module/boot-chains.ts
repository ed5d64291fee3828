import type { BlockDevice, Device, Facts, Keyboard, Swap } from '../facts/facts.ts';
import type { KernelModules } from '../kernel/kernel-modules.ts';
import { blockLinks, isLuksLink } from './block-links.ts';
import type { BootChain, ChainLink } from './boot-chain.ts';
import { plainText } from './describe-block.ts';
import { deviceLinks } from './device-links.ts';
import { nameDevice, namingOrder } from './device-name.ts';
import { fileSystemModules } from './file-system-modules.ts';
import { Machine } from './machine.ts';
import { missingModules } from './missing-modules.ts';
import { type NeededAtBoot, neededAtBoot } from './needed-at-boot.ts';
import { isReachedOverNetwork } from './network-storage.ts';
import { type PlacedMount, placeMounts } from './place-mounts.ts';
import { belowRoot, isNeededToBoot, isWithin } from './places.ts';

/** File systems on no block device that is known, which need a module nonetheless. */
const withoutBlocks: ReadonlySet<string> = new Set([
  '9p',
  'bcachefs',
  'btrfs',
  'ceph',
  'cifs',
  'nfs',
  'nfs4',
  'smb3',
  'virtiofs',
  'zfs',
]);

/** Virtio devices that a file system of the host is reached by. */
const virtioFolders: ReadonlyMap<string, RegExp> = new Map([
  ['9p', /^virtio:d00000009v/],
  ['virtiofs', /^virtio:d0000001Av/i],
]);

/**
 * What each mounted file system, each swap and each keyboard needs of the kernel, down to the
 * hardware. Pure.
 *
 * @param kernel the one that is to boot; undefined where none is at hand, then nothing is known of
 *   what it has, and of hardware only what drives it now
 * @param root where the machine that is described is mounted: `/`, or `/mnt` during an installation
 */
export function bootChains(
  facts: Facts,
  kernel: KernelModules | undefined,
  root: string,
): readonly BootChain[] {
  const machine = Machine.of(facts);
  const mounts = placeMounts(machine, root).mounts.filter(
    ({ mount, holders }) => holders.length > 0 || withoutBlocks.has(mount.type),
  );
  const needed = neededAtBoot(machine, root);
  const storage = [
    ...mounts.map(each => mountChain(each, needed, machine, kernel)),
    ...facts.swaps.flatMap(swap => swapChain(swap, mounts, needed, machine, kernel, root) ?? []),
  ];
  const hasPassphrase = storage.some(
    ({ neededToBoot, links }) => neededToBoot && links.some(isLuksLink),
  );
  const keyboards = facts.keyboards.flatMap(
    keyboard => keyboardChain(keyboard, machine, kernel) ?? [],
  );
  return [...storage, ...(hasPassphrase ? neededKeyboards(keyboards) : withoutDoubles(keyboards))];
}

function mountChain(
  { place, mount, holders }: PlacedMount,
  needed: NeededAtBoot,
  machine: Machine,
  kernel: KernelModules | undefined,
): BootChain {
  const isAway = needed.inInitrd.has(place) && isReachedOverNetwork(mount.type, holders, machine);
  return {
    subject: plainText(place),
    neededToBoot: needed.places.has(place) || isNeededUnplanned(place, machine),
    links: [
      fileSystemLink(mount.type, holders, kernel),
      ...blockLinks(holders, machine, kernel),
      ...(isAway ? networkLinks(machine, kernel) : []),
      ...folderLinks(mount.type, machine, kernel),
    ],
  };
}

/** Even where nothing is said of it in the module; a container's file systems are its manager's. */
function isNeededUnplanned(place: string, { facts }: Machine): boolean {
  return isNeededToBoot(place) && facts.virtualisation.container === null;
}

/** Which of several adapters leads to a server is not to be told. */
function networkLinks(machine: Machine, kernel: KernelModules | undefined): readonly ChainLink[] {
  const passed = new Set<Device>();
  const wired = machine.facts.networkInterfaces.filter(
    ({ kind, device }) => kind === 'ethernet' && device !== null,
  );
  return [
    { kind: 'network', what: 'over a network', modules: [] },
    ...wired.flatMap(({ device }) => deviceLinks(device, machine, kernel, passed)),
  ];
}

function fileSystemLink(
  type: string,
  holders: readonly BlockDevice[],
  kernel: KernelModules | undefined,
): ChainLink {
  const uuid = holders[0]?.content?.uuid ?? '';
  return {
    kind: 'file-system',
    what: plainText(`${type} file system ${uuid}`.trimEnd()),
    modules: fileSystemModules(type, kernel),
  };
}

/** Which of several such devices a mount is of is not to be told; they have the same driver. */
function folderLinks(
  type: string,
  machine: Machine,
  kernel: KernelModules | undefined,
): readonly ChainLink[] {
  const wanted = virtioFolders.get(type);
  if (wanted === undefined) return [];
  const device = machine.facts.devices.find(({ modalias }) => wanted.test(modalias ?? ''));
  return device === undefined ? [] : deviceLinks(device.path, machine, kernel, new Set());
}

/** Undefined for a swap file that is not below the root. */
function swapChain(
  swap: Swap,
  mounts: readonly PlacedMount[],
  needed: NeededAtBoot,
  machine: Machine,
  kernel: KernelModules | undefined,
  root: string,
): BootChain | undefined {
  if (swap.kind === 'file') return swapFileChain(swap, mounts, needed, machine, kernel, root);
  const holders = machine.blocks.named(swap.blockDevice === null ? [] : [swap.blockDevice]);
  // What has a random key is named by what it lies on.
  const below = machine.blocks.named(holders.flatMap(({ liesOn }) => liesOn));
  const asked = swap.kind === 'random-encrypted' ? below : holders;
  return {
    subject: `swap on ${swap.kind === 'zram' ? 'compressed memory' : swapName(holders, machine)}`,
    neededToBoot: asked.some(device => needed.swaps.has(device)),
    links: blockLinks(holders, machine, kernel),
  };
}

function swapFileChain(
  swap: Swap,
  mounts: readonly PlacedMount[],
  needed: NeededAtBoot,
  machine: Machine,
  kernel: KernelModules | undefined,
  root: string,
): BootChain | undefined {
  const path = belowRoot(swap.path, root);
  if (path === undefined) return undefined;
  const [nearest] = mounts
    .filter(({ place }) => isWithin(path, place))
    .toSorted((left, right) => right.place.length - left.place.length);
  return {
    subject: `swap on ${plainText(path)}`,
    neededToBoot: false,
    links: nearest === undefined ? [] : mountChain(nearest, needed, machine, kernel).links,
  };
}

function swapName([device]: readonly BlockDevice[], machine: Machine): string {
  if (device === undefined) return 'a disk';
  const asked = device.mapping === null ? 'uuid' : 'mapper';
  const order = asked === 'uuid' ? namingOrder('uuid') : (['mapper', 'uuid'] as const);
  const { path, isLasting } = nameDevice(device, [...order], machine.blocks);
  return isLasting ? plainText(path) : 'a disk';
}

/** Undefined for a keyboard that no hardware of its own is known of, or that no driver connects. */
function keyboardChain(
  { title, path, isBluetooth }: Keyboard,
  machine: Machine,
  kernel: KernelModules | undefined,
): BootChain | undefined {
  if (isBluetooth) return undefined;
  const links = deviceLinks(path, machine, kernel, new Set());
  if (links.length === 0) return undefined;
  return { subject: plainText(`keyboard ${title}`.trimEnd()), neededToBoot: false, links };
}

/** A passphrase can be typed on any keyboard; where none can be driven, each is missed. */
function neededKeyboards(chains: readonly BootChain[]): readonly BootChain[] {
  const needed = chains.map(chain => ({ ...chain, neededToBoot: true }));
  const isDriven = (chain: BootChain): boolean => missingModules([chain]).length === 0;
  const anyIsDriven = needed.some(isDriven);
  return withoutDoubles(
    needed.map(chain => ({ ...chain, neededToBoot: !anyIsDriven || isDriven(chain) })),
  );
}

/** One keyboard may be several input devices. */
function withoutDoubles(chains: readonly BootChain[]): readonly BootChain[] {
  return [...new Map(chains.map(chain => [JSON.stringify(chain), chain])).values()];
}
