import type { BlockDevice, Facts, Keyboard, Swap } from '../facts/facts.ts';
import type { KernelModules } from '../kernel/kernel-modules.ts';
import { blockLinks } from './block-links.ts';
import type { BootChain, ChainLink } from './boot-chain.ts';
import { plainText } from './describe-block.ts';
import { deviceLinks } from './device-links.ts';
import { nameDevice, namingOrder } from './device-name.ts';
import { fileSystemModules } from './file-system-modules.ts';
import { Machine } from './machine.ts';
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
  const machine = new Machine(facts);
  const mounts = placeMounts(machine, root).mounts.filter(
    ({ mount, holders }) => holders.length > 0 || withoutBlocks.has(mount.type),
  );
  const ofMounts = mounts.map(each => ({
    chain: mountChain(each, machine, kernel),
    holders: each.holders,
  }));
  const ofSwaps = facts.swaps.flatMap(swap => {
    const found = swapChain(swap, mounts, machine, kernel, root);
    return found === undefined ? [] : [found];
  });
  const storage = [...ofMounts, ...ofSwaps];
  const hasPassphrase = storage.some(
    ({ chain, holders }) => chain.neededToBoot && lieOnLuks(holders, machine),
  );
  const keyboards = facts.keyboards.flatMap(
    keyboard => keyboardChain(keyboard, hasPassphrase, machine, kernel) ?? [],
  );
  return [...storage.map(({ chain }) => chain), ...withoutDoubles(keyboards)];
}

interface StorageChain {
  readonly chain: BootChain;
  readonly holders: readonly BlockDevice[];
}

function mountChain(
  { place, mount, holders }: PlacedMount,
  machine: Machine,
  kernel: KernelModules | undefined,
): BootChain {
  return {
    subject: plainText(place),
    neededToBoot: isNeededToBoot(place),
    links: [
      fileSystemLink(mount.type, holders, kernel),
      ...blockLinks(holders, machine, kernel),
      ...folderLinks(mount.type, machine, kernel),
    ],
  };
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
  const device = machine.facts.devices.find(({ modalias }) => wanted?.test(modalias ?? ''));
  return device === undefined ? [] : deviceLinks(device.path, machine, kernel, new Set());
}

/** Undefined for a swap file that is not below the root. */
function swapChain(
  swap: Swap,
  mounts: readonly PlacedMount[],
  machine: Machine,
  kernel: KernelModules | undefined,
  root: string,
): StorageChain | undefined {
  if (swap.kind === 'file') return swapFileChain(swap, mounts, machine, kernel, root);
  const holders = machine.blocks.named(swap.blockDevice === null ? [] : [swap.blockDevice]);
  return {
    chain: {
      subject: `swap on ${swap.kind === 'zram' ? 'compressed memory' : swapName(holders, machine)}`,
      // A swap that does not come up is waited for: systemd's default is 90 seconds.
      neededToBoot: swap.kind !== 'zram',
      links: blockLinks(holders, machine, kernel),
    },
    holders,
  };
}

function swapFileChain(
  swap: Swap,
  mounts: readonly PlacedMount[],
  machine: Machine,
  kernel: KernelModules | undefined,
  root: string,
): StorageChain | undefined {
  const path = belowRoot(swap.path, root);
  if (path === undefined) return undefined;
  const [nearest] = mounts
    .filter(({ place }) => isWithin(path, place))
    .toSorted((left, right) => right.place.length - left.place.length);
  return {
    chain: {
      subject: `swap on ${plainText(path)}`,
      neededToBoot: false,
      links: nearest === undefined ? [] : mountChain(nearest, machine, kernel).links,
    },
    holders: nearest?.holders ?? [],
  };
}

function swapName([device]: readonly BlockDevice[], machine: Machine): string {
  if (device === undefined) return 'a disk';
  const asked = device.mapping === null ? 'uuid' : 'mapper';
  const order = asked === 'uuid' ? namingOrder('uuid') : (['mapper', 'uuid'] as const);
  const { path, isLasting } = nameDevice(device, [...order], machine.blocks);
  return isLasting ? plainText(path) : 'a disk';
}

function lieOnLuks(holders: readonly BlockDevice[], machine: Machine): boolean {
  return machine.blocks.below(holders).some(({ kind }) => kind === 'luks');
}

/** Undefined for a keyboard that no hardware of its own is known of. */
function keyboardChain(
  { title, path }: Keyboard,
  hasPassphrase: boolean,
  machine: Machine,
  kernel: KernelModules | undefined,
): BootChain | undefined {
  const links = deviceLinks(path, machine, kernel, new Set());
  if (links.length === 0) return undefined;
  return { subject: plainText(`keyboard ${title}`.trimEnd()), neededToBoot: hasPassphrase, links };
}

/** One keyboard may be several input devices. */
function withoutDoubles(chains: readonly BootChain[]): readonly BootChain[] {
  return [...new Map(chains.map(chain => [JSON.stringify(chain), chain])).values()];
}
