import { byBytes } from '../../host/folder.ts';
import type { Mount } from '../../host/mounts.ts';
import type { FileTree } from '../sources/file-tree.ts';
import type { BlockLookup } from './block-lookup.ts';
import type { BlockDevice } from './facts.ts';
import { lastName } from './system-path.ts';

/**
 * The kernel names of all block devices that hold a mounted file system, in byte order; none where
 * it is on none (tmpfs, nfs, overlay) or where that cannot be told.
 */
export function findHolders(tree: FileTree, mount: Mount, blocks: BlockLookup): readonly string[] {
  return [...new Set(holdersOf(tree, mount, blocks))].toSorted(byBytes);
}

function holdersOf(tree: FileTree, mount: Mount, blocks: BlockLookup): readonly string[] {
  switch (mount.fileSystem) {
    case 'btrfs':
      return btrfsHolders(tree, mount.source, blocks);
    case 'bcachefs':
      return bcachefsHolders(tree, mount.source, blocks);
    case 'zfs':
      return namesOf(blocks.all.filter(block => isMemberOf(poolOf(mount.source), block)));
    default:
      return holderOfOne(mount, blocks);
  }
}

/**
 * A file system on one device has that device's number. A FUSE file system that only root can mount
 * names its device; what others name (`fuse.…`) is not taken for true.
 */
function holderOfOne({ number, fileSystem, source }: Mount, blocks: BlockLookup): string[] {
  const told = fileSystem === 'fuseblk' ? blocks.at(source) : undefined;
  return namesOf([blocks.withNumber(number) ?? told]);
}

/** The kernel lists the members of each btrfs that it knows, by the uuid of the whole. */
function btrfsHolders(tree: FileTree, source: string, blocks: BlockLookup): readonly string[] {
  const members = (uuid: string): string[] => tree.names(`/sys/fs/btrfs/${uuid}/devices`).slice();
  const named = blocks.at(source);
  // Beside file systems there is a folder `features`.
  const all = tree.names('/sys/fs/btrfs').filter(isUuid);
  const uuid =
    all.find(each => named !== undefined && members(each).includes(named.name)) ??
    (named?.content?.type === 'btrfs' ? named.content.uuid : undefined) ??
    // `/dev/root` is no device: with one file system there is no doubt which one it is.
    (named === undefined && all.length === 1 ? all[0] : undefined);
  if (uuid === undefined || uuid === null) return namesOf([named]);
  const listed = members(uuid).filter(name => blocks.named(name) !== undefined);
  return listed.length > 0 ? listed : namesOf([...blocks.withContent('btrfs', uuid), named]);
}

/** The source is a list, `/dev/a:/dev/b`, or the uuid of the whole. */
function bcachefsHolders(tree: FileTree, source: string, blocks: BlockLookup): readonly string[] {
  const uuid = source.replace(/^UUID=/, '');
  const named = isUuid(uuid) ? [] : source.split(':').flatMap(path => blocks.at(path) ?? []);
  const uuids = new Set(
    named.flatMap(({ content }) => (content?.type === 'bcachefs' ? (content.uuid ?? []) : [])),
  );
  if (isUuid(uuid)) uuids.add(uuid);
  const others = [...uuids].flatMap(each => [
    ...namesOf(blocks.withContent('bcachefs', each)),
    ...bcachefsMembers(tree, each).filter(name => blocks.named(name) !== undefined),
  ]);
  return [...namesOf(named), ...others];
}

function bcachefsMembers(tree: FileTree, uuid: string): readonly string[] {
  const folder = `/sys/fs/bcachefs/${uuid}`;
  return tree
    .names(folder)
    .filter(name => name.startsWith('dev-'))
    .flatMap(name => {
      const path = tree.realPath(`${folder}/${name}/block`);
      return path === undefined ? [] : [lastName(path)];
    });
}

/** A dataset, `tank/home`, or a snapshot of one, `tank@before`. */
function poolOf(source: string): string {
  return source.replace(/[/@].*$/s, '');
}

/** A pool's name is the label of its members. */
function isMemberOf(pool: string, { content }: BlockDevice): boolean {
  return content?.type === 'zfs_member' && content.label === pool;
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function namesOf(blocks: readonly (BlockDevice | undefined)[]): string[] {
  return blocks.flatMap(block => block?.name ?? []);
}
