import { startSectors } from '../../../boot/grub/installation/start-sectors.ts';
import { formatBytes } from '../../../bytes.ts';
import { GenctlError } from '../../../errors.ts';
import type { Folder } from '../../../host/folder.ts';
import { platform } from '../../../host/platform.ts';
import { type RunOptions, run } from '../../../host/run.ts';
import { type DiskLayout, type Extent, mebibyte, type PartitionLayout } from './disk-layout.ts';
import type { GrubImages } from './grub-images.ts';
import { renderPartitionTable } from './partition-table.ts';

/** What goes into an image, by folders of the host. */
export interface DiskContent {
  /** Undefined where the disk has no ESP. */
  esp: Folder | undefined;
  root: Folder;
  /** What a BIOS starts; undefined where the disk has no partition for it. */
  grub: GrubImages | undefined;
}

/** Ends with an interrupt. */
type Until = Pick<RunOptions, 'until'>;

/** Of an ext4 file system, what inodes, journal and reserved blocks leave for files. */
const usableShare = 0.85;

/**
 * Writes a disk image: partition table, what a BIOS starts, ESP and root file system, each written
 * into the file at its offset, so that it takes neither mounts nor devices.
 *
 * @throws GenctlError IMAGE_TOO_SMALL, NO_SPACE, PROGRAM_MISSING, PROGRAM_FAILED
 */
export async function writeDisk(
  folder: Folder,
  name: string,
  layout: DiskLayout,
  content: DiskContent,
  until: Until,
): Promise<void> {
  const image = `${folder.realPath}/${name}`;
  await assertRoom(folder, layout, content, until);
  // It holds hashes of passwords.
  folder.createUnsynced(name, Buffer.alloc(0), 0o600);
  await run('truncate', ['--size', String(layout.sizeBytes), image], until);
  const input = renderPartitionTable(layout, platform());
  await run('sfdisk', ['--quiet', image], { ...until, input });
  if (layout.biosBoot !== undefined && content.grub !== undefined) {
    writeStart(folder, name, layout.biosBoot, content.grub);
  }
  if (layout.esp !== undefined && content.esp !== undefined) {
    await writeFat(image, layout.esp, content.esp, until);
  }
  await writeExt4(image, layout.root, content.root, until);
  folder.syncFile(name);
}

function writeStart(
  folder: Folder,
  name: string,
  { offsetBytes, sizeBytes }: Extent,
  { boot, core: image }: GrubImages,
): void {
  if (image.length > sizeBytes) throw new Error(`a core image of ${image.length} bytes`);
  using disk = folder.openFile(name);
  const sector = Buffer.alloc(512);
  disk.read(sector, 0, sector.length);
  const { first, core } = startSectors(sector, boot, image, offsetBytes);
  folder.overwrite(name, core, offsetBytes);
  folder.overwrite(name, first);
}

async function assertRoom(
  folder: Folder,
  { esp, root }: DiskLayout,
  content: DiskContent,
  until: Until,
): Promise<void> {
  const espBytes = content.esp === undefined ? 0 : await usedBytes(content.esp, until);
  const rootBytes = await usedBytes(content.root, until);
  const espRoom = (esp?.sizeBytes ?? 0) * usableShare;
  if (espBytes > espRoom || rootBytes > root.sizeBytes * usableShare) {
    throw new GenctlError(
      'IMAGE_TOO_SMALL',
      `the image has no room: the root file system takes ${formatBytes(rootBytes)} and the ESP ${formatBytes(espBytes)}`,
      { hint: 'Give it a larger --size.' },
    );
  }
  const { freeBytes } = folder.space();
  if (espBytes + rootBytes > freeBytes) {
    throw new GenctlError(
      'NO_SPACE',
      `${folder.path}: the image takes ${formatBytes(espBytes + rootBytes)}, and ${formatBytes(freeBytes)} are free`,
      { hint: 'Make room there, or write the image to another file system.' },
    );
  }
}

async function usedBytes(folder: Folder, until: Until): Promise<number> {
  const args = ['--summarize', '--block-size=1', '--one-file-system', folder.realPath];
  const { stdout } = await run('du', args, until);
  return Number(stdout.split('\t')[0]);
}

/** From here on FAT32 is made with clusters of 4 KiB, as firmware's makers recommend. */
const largeFatBytes = 260 * mebibyte;

async function writeFat(
  image: string,
  { offsetBytes, sizeBytes, names }: PartitionLayout,
  content: Folder,
  until: Until,
): Promise<void> {
  const sectorsInCluster = sizeBytes < largeFatBytes ? 1 : 8;
  const format = [
    '-F',
    '32',
    '-s',
    String(sectorsInCluster),
    '--offset',
    String(offsetBytes / 512),
    ...(names.label === undefined ? [] : ['-n', names.label]),
    ...(names.uuid === undefined ? [] : ['-i', names.uuid.replace('-', '')]),
  ];
  await run('mkfs.vfat', [...format, image, String(sizeBytes / 1024)], until);
  const sources = content.names().map(each => `${content.realPath}/${each}`);
  if (sources.length === 0) return;
  await run('mcopy', ['-s', '-m', '-i', `${image}@@${offsetBytes}`, ...sources, '::/'], until);
}

async function writeExt4(
  image: string,
  { offsetBytes, sizeBytes, names }: PartitionLayout,
  content: Folder,
  until: Until,
): Promise<void> {
  const format = [
    '-q',
    '-F',
    '-d',
    content.realPath,
    '-E',
    `offset=${offsetBytes}`,
    ...(names.label === undefined ? [] : ['-L', names.label]),
    ...(names.uuid === undefined ? [] : ['-U', names.uuid]),
  ];
  await run('mkfs.ext4', [...format, image, `${sizeBytes / 1024}k`], until);
}
