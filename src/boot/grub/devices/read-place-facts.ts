import { BlockLookup } from '../../../hardware/facts/block-lookup.ts';
import type { BlockDevice, MountedFileSystem } from '../../../hardware/facts/facts.ts';
import { parseUdevRecord } from '../../../hardware/facts/parse-udev-record.ts';
import { readBlocks } from '../../../hardware/facts/read-blocks.ts';
import { listClass } from '../../../hardware/facts/read-class-devices.ts';
import { readMounts } from '../../../hardware/facts/read-mounts.ts';
import { type FileTree, line } from '../../../hardware/sources/file-tree.ts';
import { blkidFolder } from '../../../hardware/sources/genctl-files.ts';
import { MemoryTree } from '../../../hardware/sources/memory-tree.ts';
import { OverlayTree } from '../../../hardware/sources/overlay-tree.ts';
import { fileEntry, type TreeEntry } from '../../../hardware/sources/tree-entry.ts';
import { luks2HeaderBytes, luks2Obstacle } from './luks-header.ts';
import type { FolderFacts, MountedFolder, PlaceFacts } from './place-facts.ts';
import {
  type HeaderPlace,
  headerPlace,
  unknownInHeader,
  unknownInList,
} from './unknown-features.ts';

/** What is asked of a machine. */
export interface PlaceSource {
  /** Its /sys, /proc and /run. */
  tree: FileTree;
  /** Bytes of a block device; undefined where they cannot be read. */
  readDevice: (device: BlockDevice, place: HeaderPlace) => Buffer | undefined;
  /** What `blkid -p -o udev` says of a block device. */
  askBlkid: (device: BlockDevice) => Promise<string>;
}

/** A folder, by its logical path without links. */
export interface WantedFolders {
  boot: string;
  store: string;
  /** The root's own path on the host; `/` for the live machine. */
  rootPath: string;
}

/**
 * Reads what says where two folders are, and on what. No program is run where udev has looked at the
 * devices that they are on; of others blkid is asked.
 *
 * @throws GenctlError PROGRAM_MISSING, PROGRAM_FAILED of blkid
 */
export async function readPlaceFacts(
  source: PlaceSource,
  { boot, store, rootPath }: WantedFolders,
): Promise<PlaceFacts> {
  const known = readMachine(source.tree);
  const unprobed = unprobedOf([boot, store], rootPath, known);
  const machine = unprobed.length === 0 ? known : readMachine(await withAnswers(source, unprobed));
  const folder = (path: string): FolderFacts => ({
    hostPath: onHost(rootPath, path),
    logicalPath: path,
    mounted: readMounted(path, rootPath, machine, source),
  });
  const devices = devicesOf([boot, store], rootPath, machine);
  return {
    boot: folder(boot),
    store: folder(store),
    blocks: machine.blocks.all,
    raidMetadata: readRaidMetadata(devices, source.tree),
    unopenable: readUnopenable(devices, source),
  };
}

interface Machine {
  blocks: BlockLookup;
  mounts: readonly MountedFileSystem[];
}

function readMachine(tree: FileTree): Machine {
  // Which hardware a disk hangs on is no matter of finding it.
  const blocks = new BlockLookup(readBlocks(tree, listClass(tree, 'block'), new Set()));
  return { blocks, mounts: readMounts(tree, blocks) };
}

/** What holds the folders, down to the disks. */
function devicesOf(
  paths: readonly string[],
  rootPath: string,
  { blocks, mounts }: Machine,
): BlockDevice[] {
  const found = new Set<BlockDevice>();
  const add = (name: string): void => {
    const block = blocks.named(name);
    if (block === undefined || found.has(block)) return;
    found.add(block);
    block.liesOn.forEach(add);
  };
  for (const path of paths) mountOf(path, rootPath, mounts)?.blockDevices.forEach(add);
  return [...found];
}

/** The devices of which something is to be known that udev has not said: it does not run in a container. */
function unprobedOf(
  paths: readonly string[],
  rootPath: string,
  machine: Machine,
): readonly BlockDevice[] {
  const devices = devicesOf(paths, rootPath, machine);
  const holders = paths.flatMap(
    path => mountOf(path, rootPath, machine.mounts)?.blockDevices ?? [],
  );
  const headers = devices.filter(({ kind }) => kind === 'luks').flatMap(({ liesOn }) => liesOn);
  const withContent = new Set([...holders, ...headers]);
  return devices.filter(
    ({ name, kind, content, partition }) =>
      (content === null && withContent.has(name)) ||
      (kind === 'partition' && (partition?.table ?? null) === null),
  );
}

async function withAnswers(
  { tree, askBlkid }: PlaceSource,
  devices: readonly BlockDevice[],
): Promise<FileTree> {
  const answers = new Map<string, TreeEntry>();
  for (const device of devices) {
    answers.set(`${blkidFolder}/${device.name}`, fileEntry(await askBlkid(device)));
  }
  return new OverlayTree(new MemoryTree(answers), tree);
}

function readMounted(
  path: string,
  rootPath: string,
  machine: Machine,
  source: PlaceSource,
): MountedFolder | undefined {
  const { mounts } = machine;
  const mount = mountOf(path, rootPath, mounts);
  if (mount === undefined) return undefined;
  const hostPath = onHost(rootPath, path);
  const top = mount.mountPoint === '/' ? '' : mount.mountPoint;
  return {
    mount,
    below: hostPath === '/' ? '' : hostPath.slice(top.length),
    mountPoints: mounts
      .filter(({ number, source }) => number === mount.number && source === mount.source)
      .flatMap(({ mountPoint }) => logicalPath(mountPoint, rootPath) ?? []),
    unknownFeatures: readUnknownFeatures(mount, machine, source),
  };
}

/**
 * What is mounted where a path is. On another root what lies below it alone counts: a folder in
 * which an image is assembled says nothing of where its files will be.
 */
function mountOf(
  path: string,
  rootPath: string,
  mounts: readonly MountedFileSystem[],
): MountedFileSystem | undefined {
  const hostPath = onHost(rootPath, path);
  const above = mounts.filter(
    ({ mountPoint }) =>
      isWithin(hostPath, mountPoint) && logicalPath(mountPoint, rootPath) !== undefined,
  );
  // Of several at one place the last one is seen.
  const innermost = above.reduce<MountedFileSystem | undefined>(
    (best, mount) =>
      best === undefined || mount.mountPoint.length >= best.mountPoint.length ? mount : best,
    undefined,
  );
  const isMemory = innermost !== undefined && ['tmpfs', 'ramfs'].includes(innermost.type);
  return isMemory && rootPath !== '/' ? undefined : innermost;
}

function onHost(rootPath: string, path: string): string {
  if (rootPath === '/') return path;
  return path === '/' ? rootPath : `${rootPath}${path}`;
}

function logicalPath(hostPath: string, rootPath: string): string | undefined {
  if (rootPath === '/') return hostPath;
  return isWithin(hostPath, rootPath) ? hostPath.slice(rootPath.length) || '/' : undefined;
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || `${path}/`.startsWith(`${folder}/`);
}

/** Of a file system on several devices each has the same header. */
function readUnknownFeatures(
  { type, blockDevices }: MountedFileSystem,
  { blocks }: Machine,
  { tree, readDevice }: PlaceSource,
): string[] {
  const [name] = blockDevices;
  if (name === undefined) return [];
  if (type === 'f2fs') {
    return unknownInList(type, (line(tree, `/sys/fs/f2fs/${name}/features`) ?? '').split(', '));
  }
  if (type === 'btrfs') return unknownInList(type, btrfsFeatures(name, tree));
  const [place, block] = [headerPlace(type), blocks.named(name)];
  if (place === undefined || block === undefined) return [];
  const header = readDevice(block, place);
  return header === undefined ? [] : unknownInHeader(type, header);
}

function btrfsFeatures(member: string, tree: FileTree): readonly string[] {
  const top = '/sys/fs/btrfs';
  const uuid = tree.names(top).find(each => tree.names(`${top}/${each}/devices`).includes(member));
  return uuid === undefined ? [] : tree.names(`${top}/${uuid}/features`);
}

function readRaidMetadata(
  devices: readonly BlockDevice[],
  tree: FileTree,
): ReadonlyMap<string, string> {
  const arrays = devices.filter(({ kind }) => kind === 'mdraid');
  return new Map(
    arrays.flatMap(({ name, number }): [string, string][] => {
      const record = tree.text(`/run/udev/data/b${number}`) ?? '';
      const version =
        line(tree, `/sys/class/block/${name}/md/metadata_version`) ??
        parseUdevRecord(record).properties.get('MD_METADATA');
      return version === undefined ? [] : [[name, version]];
    }),
  );
}

function readUnopenable(
  devices: readonly BlockDevice[],
  { readDevice }: PlaceSource,
): ReadonlyMap<string, string> {
  const headers = devices.filter(({ content }) => content?.type === 'crypto_LUKS');
  return new Map(
    headers.flatMap((device): [string, string][] => {
      const start = readDevice(device, { offset: 0, length: 512 });
      const length = start === undefined ? undefined : luks2HeaderBytes(start);
      const header = length === undefined ? undefined : readDevice(device, { offset: 0, length });
      const obstacle = header === undefined ? undefined : luks2Obstacle(header);
      return obstacle === undefined ? [] : [[device.name, obstacle]];
    }),
  );
}
