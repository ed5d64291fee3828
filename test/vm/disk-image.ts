// Bootable disks from a machine's root folder, made without privileges and without loop devices:
// every tool writes its part of an image file at that part's offset.
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runTool } from './run-tool.ts';
import { makeWorkFolder } from './work-folder.ts';

const mebibyte = 1024 * 1024;

/** Where the first partition starts, in bytes: after the table, where sgdisk aligns it. */
export const espOffset: number = mebibyte;

/** GPT's types, in sgdisk's words. */
const typeCodes = {
  esp: 'ef00',
  xbootldr: 'bc13c2ff-59e6-4262-a352-b275fd6f7172',
  ext4: '8300',
} as const;

/**
 * A partition that a machine boots from, with what is in one folder of its root: FAT32, or ext4,
 * which only GRUB reads.
 */
export interface BootPartition {
  readonly type: keyof typeof typeCodes;
  /** Of the file system: the machine finds it by this. */
  readonly label: string;
  /** Where the machine has it mounted: a folder of its root. */
  readonly mountPoint: string;
  /** At least 34 for FAT32, which needs so many clusters. */
  readonly sizeMiB: number;
  /** Of the file system, `A71A-5001` for FAT32; another one each time unless told. */
  readonly uuid?: string;
}

export interface Disk {
  /** The raw image. */
  readonly image: string;
  /**
   * `gpt-bios`: with a BIOS boot partition behind the others, where GRUB puts its core image.
   * `mbr` has room for that before its first partition. Default: `gpt`.
   */
  readonly table?: 'gpt' | 'gpt-bios' | 'mbr';
  readonly boot: readonly BootPartition[];
  /** Left free for the machine in the root file system; a disk without it has none. */
  readonly rootFreeMiB?: number;
  /** Default: ext4. */
  readonly rootType?: 'ext4' | 'btrfs';
  /** Of the root's ext4; another one each time unless told. */
  readonly rootUuid?: string;
}

export interface DiskSizes {
  /** Of the ESP, at least 34. Default 96. */
  readonly espMiB?: number;
  /** Left free for the machine in its root file system. Default 32. */
  readonly freeMiB?: number;
}

/** A disk with an ESP, which the machine mounts at `/boot`, and the root. */
export function plainDisk(image: string, sizes: DiskSizes = {}): Disk {
  const { espMiB = 96, freeMiB = 32 } = sizes;
  const esp = { type: 'esp', label: 'ESP', mountPoint: '/boot', sizeMiB: espMiB } as const;
  return { image, boot: [esp], rootFreeMiB: freeMiB };
}

/**
 * Writes disks: the boot partitions with what is below their mount points in the root, and a file
 * system (label root) with everything else but the content of `run/`; in ext4 all is owned by root.
 * Where the machine has no `/etc/fstab`, it gets one that names all of the boot partitions, those
 * within others behind them.
 */
export async function writeDisks(root: string, disks: readonly Disk[]): Promise<void> {
  await using work = await makeWorkFolder('image');
  const staged = join(work.path, 'root');
  const boot = disks.flatMap(disk => disk.boot);
  await stageRoot(root, staged, boot);
  for (const disk of disks) await writeDisk(root, staged, disk);
}

/** Where a disk's boot partition starts, in bytes: they follow each other without gaps. */
export function offsetOf({ boot }: Disk, mountPoint: string): number {
  const index = boot.findIndex(partition => partition.mountPoint === mountPoint);
  return espOffset + totalMiB(boot.slice(0, index)) * mebibyte;
}

async function writeDisk(root: string, staged: string, disk: Disk): Promise<void> {
  const { image, boot, rootFreeMiB, table = 'gpt', rootType = 'ext4', rootUuid } = disk;
  const rootMiB =
    rootFreeMiB === undefined
      ? 0
      : 24 + rootFreeMiB + Math.ceil(((await treeSize(staged)) * 1.1) / mebibyte);
  const rootOffset = espOffset + totalMiB(boot) * mebibyte;
  await createSparse(image, rootOffset + (rootMiB + 2) * mebibyte);
  const partitions = [
    ...boot.map(({ type, label, sizeMiB }) => ({ code: typeCodes[type], name: label, sizeMiB })),
    ...(rootMiB === 0 ? [] : [{ code: '8304', name: 'root', sizeMiB: rootMiB }]),
    ...(table === 'gpt-bios' ? [{ code: 'ef02', name: 'BIOS', sizeMiB: 1 }] : []),
  ];
  // Number 0 is the next one that is free; start 0 where that one begins.
  const lines = partitions.flatMap(({ code, name, sizeMiB }, index) => [
    `--new=0:0:+${sizeMiB}M`,
    `--typecode=${index + 1}:${code}`,
    `--change-name=${index + 1}:${name}`,
  ]);
  await runTool('sgdisk', ['--clear', ...lines, image]);
  if (table === 'mbr') {
    const numbers = partitions.map((_, index) => index + 1);
    await runTool('sgdisk', [`--gpttombr=${numbers.join(':')}`, image]);
  }
  for (const partition of boot) {
    const { mountPoint, type } = partition;
    const content = join(root, mountPoint);
    const offset = offsetOf(disk, mountPoint);
    if (type === 'ext4') await writeExt4(content, image, { ...partition, offset });
    else await writeFat(content, image, offset, partition);
  }
  if (rootMiB === 0) return;
  const place = { offset: rootOffset, label: 'root', sizeMiB: rootMiB, uuid: rootUuid };
  if (rootType === 'ext4') await writeExt4(staged, image, place);
  else await writeBtrfs(staged, image, place);
}

/** Where a file system goes in an image, and what it is found by. */
interface FileSystemPlace {
  readonly offset: number;
  readonly label: string;
  readonly sizeMiB: number;
  readonly uuid?: string | undefined;
}

function totalMiB(partitions: readonly BootPartition[]): number {
  return partitions.reduce((total, { sizeMiB }) => total + sizeMiB, 0);
}

async function createSparse(path: string, bytes: number): Promise<void> {
  await rm(path, { force: true });
  await using file = await open(path, 'wx');
  await file.truncate(bytes);
}

async function writeFat(
  content: string,
  image: string,
  offset: number,
  { label, sizeMiB, uuid }: BootPartition,
): Promise<void> {
  // Clusters of one sector, as mkfs has it for small partitions: left to itself here, it goes by
  // the size of the whole disk.
  const format = ['-F', '32', '-s', '1', '-n', label, '--offset', String(offset / 512)];
  const volumeId = uuid === undefined ? [] : ['-i', uuid.replace('-', '')];
  await runTool('mkfs.vfat', [...format, ...volumeId, image, String(sizeMiB * 1024)]);
  const names = await readdir(content);
  if (names.length === 0) return;
  const sources = names.map(name => join(content, name));
  await runTool('mcopy', ['-s', '-m', '-i', `${image}@@${offset}`, ...sources, '::/']);
}

async function writeExt4(
  tree: string,
  image: string,
  { offset, label, sizeMiB, uuid }: FileSystemPlace,
): Promise<void> {
  const named = ['-L', label, ...(uuid === undefined ? [] : ['-U', uuid])];
  const format = ['-q', '-F', ...named, '-m', '0', '-d', tree, '-E', `offset=${offset}`];
  await runTool('mkfs.ext4', [...format, image, `${sizeMiB}M`]);
  if (process.getuid?.() === 0) return;
  // mkfs copied our own user's number; debugfs changes it where user namespaces are not allowed too.
  const paths = ['.', ...(await readdir(tree, { recursive: true }))];
  const commands = paths.flatMap(path =>
    ['uid', 'gid'].map(field => `set_inode_field "/${path}" ${field} 0\n`),
  );
  const filesystem = `${image}?offset=${offset}`;
  await runTool('debugfs', ['-w', '-f', '-', filesystem], { input: commands.join('') });
}

/** mkfs.btrfs knows no offset: made in a file of its own. The root's files belong to who runs this. */
async function writeBtrfs(
  tree: string,
  image: string,
  { offset, label, sizeMiB }: FileSystemPlace,
): Promise<void> {
  await using work = await makeWorkFolder('btrfs');
  const path = join(work.path, 'filesystem');
  await createSparse(path, sizeMiB * mebibyte);
  await runTool('mkfs.btrfs', ['-q', '-L', label, '--rootdir', tree, path]);
  const copy = [`if=${path}`, `of=${image}`, 'bs=1M', `seek=${offset / mebibyte}`];
  await runTool('dd', [...copy, 'conv=notrunc,sparse', 'status=none']);
}

/** A copy without what is on boot partitions and without what only exists at run time. */
async function stageRoot(
  root: string,
  staged: string,
  boot: readonly BootPartition[],
): Promise<void> {
  await mkdir(staged);
  // A mount point within another one is made with the partition that it is on.
  const atTop = boot.filter(({ mountPoint }) => dirname(mountPoint) === '/');
  const empty = new Set(['run', ...atTop.map(({ mountPoint }) => basename(mountPoint))]);
  const kept = (await readdir(root)).filter(name => !empty.has(name));
  const sources = kept.map(name => join(root, name));
  await runTool('cp', ['-a', '--', ...sources, staged]);
  for (const folder of empty) await mkdir(join(staged, folder));
  // A declaration's is a link into the store.
  if ((await readdir(join(staged, 'etc'))).includes('fstab')) return;
  const outerFirst = boot.toSorted((a, b) => a.mountPoint.length - b.mountPoint.length);
  const lines = outerFirst.map(
    ({ type, label, mountPoint }) =>
      `LABEL=${label} ${mountPoint} ${type === 'ext4' ? 'ext4' : 'vfat'}\n`,
  );
  await writeFile(join(staged, 'etc/fstab'), lines.join(''));
}

/** Bytes that the tree takes in a file system with blocks of 4 KiB; of hard links, the file once. */
async function treeSize(tree: string): Promise<number> {
  const listing = await runTool('find', [tree, '-printf', '%i %s\n']);
  const sizes = new Map(
    listing
      .trimEnd()
      .split('\n')
      .map(line => line.split(' ') as [string, string]),
  );
  return [...sizes.values()].reduce(
    (total, size) => total + Math.ceil(Number(size) / 4096) * 4096 + 256,
    0,
  );
}
