import { GenctlError } from '../../../errors.ts';
import type { BlockDevice, MountedFileSystem } from '../../../hardware/facts/facts.ts';
import { BlockIndex } from '../../../hardware/module/block-index.ts';
import { isAnother } from '../../../hardware/module/device-name.ts';
import type { GrubDevice, GrubPlace } from '../grub-place.ts';
import { moduleOf, writeObstacle } from './file-systems.ts';
import { followDevices } from './follow-devices.ts';
import { grubPath, poolOf } from './grub-path.ts';
import type { GrubWish, ProvidedFileSystem } from './grub-wish.ts';
import { bootPartitionHint, type Obstacle } from './obstacle.ts';
import type { FolderFacts, MountedFolder, PlaceFacts } from './place-facts.ts';
import { declaredFor, providedDevice } from './provided-device.ts';
import { searchFor } from './search-term.ts';

/** How GRUB gets at a folder, or what keeps it from that. */
type Access = { obstacles: readonly [Obstacle, ...Obstacle[]] } | { open(): GrubDevice };

/**
 * Decides how GRUB finds the menu's folder and the store. Pure.
 *
 * @throws GenctlError GRUB_CANNOT_READ_BOOT where it cannot read the menu's folder;
 *   GRUB_NO_IDENTIFIER where it could, and nothing says how to find it
 */
export function decidePlace(facts: PlaceFacts, wish: GrubWish): GrubPlace {
  const boot = accessTo(facts.boot, facts, wish);
  if ('obstacles' in boot) {
    const [{ reason, hint }] = boot.obstacles;
    throw new GenctlError(
      'GRUB_CANNOT_READ_BOOT',
      `GRUB cannot read ${facts.boot.hostPath}: ${reason}`,
      { hint },
    );
  }
  return { boot: boot.open(), store: storeOf(facts, wish) };
}

function storeOf(facts: PlaceFacts, wish: GrubWish): GrubPlace['store'] {
  const { boot, store } = facts;
  if (wish.copyKernels) return { unreachable: 'copyKernels says so' };
  const access = accessTo(store, facts, wish);
  if ('obstacles' in access) {
    return { unreachable: `GRUB cannot read ${store.hostPath}: ${access.obstacles[0].reason}` };
  }
  // GRUB could read both. Who has made a partition for /boot wants booting to need no other, and a
  // disk of its own may be the only one that the firmware sees.
  if (!areTogether(facts, wish)) {
    return { unreachable: `${boot.hostPath} is a file system of its own, apart from the store's` };
  }
  return access.open();
}

function accessTo(folder: FolderFacts, facts: PlaceFacts, wish: GrubWish): Access {
  const { mounted } = folder;
  if (mounted === undefined) return { open: () => providedDevice(folder, wish.provided) };
  const type = typeOf(mounted, facts);
  const chain = followDevices(mounted.mount.blockDevices, facts, wish.enableCryptodisk);
  const [first, ...others] = [...chain.obstacles, ...formatObstacles(type, mounted)];
  if (first !== undefined) return { obstacles: [first, ...others] };
  const { mount, below } = mounted;
  const holder = facts.blocks.find(({ name }) => mount.blockDevices.includes(name));
  return {
    open: () => ({
      modules: [...chain.modules, moduleOf(type) ?? type],
      cryptodisks: chain.cryptodisks,
      search: searchFor(
        {
          hostPath: folder.hostPath,
          type,
          source: mount.source,
          holder,
          hasCopy: holder !== undefined && hasCopy(holder, facts.blocks),
          provided: providedName(mounted, wish.provided),
        },
        wish,
      ),
      path: grubPath(mount, below),
      unwritable: unwritableFor(folder.hostPath, [...chain.unwritable, writeObstacle(type, mount)]),
    }),
  };
}

/** Whether another device has the same file system by its UUID: a snapshot, a cloned disk. */
function hasCopy(holder: BlockDevice, blocks: readonly BlockDevice[]): boolean {
  const { content } = holder;
  if (content === null || content.uuid === null) return false;
  const same = blocks.filter(other => other !== holder && other.content?.uuid === content.uuid);
  if (same.length === 0) return false;
  const index = new BlockIndex(blocks);
  return same.some(other => isAnother(other, holder, index));
}

/** A FUSE program does not say what it mounts; blkid does. */
function typeOf({ mount }: MountedFolder, { blocks }: PlaceFacts): string {
  if (mount.type !== 'fuseblk') return mount.type;
  const holder = blocks.find(({ name }) => mount.blockDevices.includes(name));
  return holder?.content?.type ?? mount.type;
}

function formatObstacles(
  type: string,
  { mount, below, unknownFeatures }: MountedFolder,
): Obstacle[] {
  const hint = bootPartitionHint;
  if (moduleOf(type) === undefined) {
    return [{ reason: `it is on ${type}, a file system that GRUB does not know`, hint }];
  }
  if (unknownFeatures.length > 0) {
    const names = unknownFeatures.join(', ');
    return [{ reason: `it is on ${type} with what GRUB does not know: ${names}`, hint }];
  }
  // Such a name stands for bytes that are no UTF-8, and nothing says for which.
  if (`${mount.source}${mount.rootInside}${below}`.includes('\uFFFD')) {
    return [{ reason: 'the name of a folder or a subvolume above it is no UTF-8', hint }];
  }
  return [];
}

function unwritableFor(
  hostPath: string,
  obstacles: readonly (string | undefined)[],
): string | undefined {
  const first = obstacles.find(obstacle => obstacle !== undefined);
  return first === undefined ? undefined : `${hostPath} is on ${first}`;
}

/** A bind mount of the same file system may be declared under the place that it shows. */
function providedName(
  { mountPoints }: MountedFolder,
  provided: ReadonlyMap<string, ProvidedFileSystem>,
): string | undefined {
  const declared = mountPoints.map(point => provided.get(point)?.device);
  return declared.find(device => device?.startsWith('/dev/') === true || device?.includes('='));
}

/** Whether menu and store are in one file system; the datasets of one pool of ZFS are. */
function areTogether({ boot, store }: PlaceFacts, { provided }: GrubWish): boolean {
  if (boot.mounted === undefined || store.mounted === undefined) {
    return (
      boot.mounted === store.mounted &&
      declaredFor(boot.logicalPath, provided)?.mountPoint ===
        declaredFor(store.logicalPath, provided)?.mountPoint
    );
  }
  return identityOf(boot.mounted.mount) === identityOf(store.mounted.mount);
}

function identityOf({ type, source, number }: MountedFileSystem): string {
  return type === 'zfs' ? `zfs ${poolOf(source)}` : number;
}
